/** Hands a file to the browser to be stored, as a link to it would that could carry a token. */
export function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of the file once this turn is over.
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
