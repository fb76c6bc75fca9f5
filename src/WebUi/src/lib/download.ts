/** Gives a file to the reader's browser to keep. What a name may not hold becomes a dash. */
export function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, '-');
  link.click();
  // The browser has begun to read by then; it needs the address no longer.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
