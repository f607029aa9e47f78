/** Hands a text to the browser's downloads. */
export function saveText(text: string, file: { readonly name: string; readonly type: string }): void {
  saveBytes(new Blob([text], { type: file.type }), file.name);
}

export function saveBytes(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
