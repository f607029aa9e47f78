/** A body as text, or null when it is larger: an answer without end must not fill the memory. */
export async function textUpTo(
  body: AsyncIterable<Uint8Array> | null,
  bytesMax: number,
): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
