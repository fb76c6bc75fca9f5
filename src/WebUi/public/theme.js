// Runs before the first paint, so that no page flashes in the wrong colours. A file of its own, since the policy allows no inline script.
(function () {
  var theme = 'system';
  try {
    theme = localStorage.getItem('stackagent.theme') || theme;
  } catch {
    // Without storage it stays what the system says.
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
