const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const HEADER_BYTES = 5;

/**
 * Passes on what a server answers (wire protocol 3: one letter, then a length of four bytes that counts itself)
 * except its ReadyForQuery messages, of which only the last is kept.
 */
export class ReadyFilter {
  /** The last ReadyForQuery that was withheld. */
  last: Uint8Array | undefined;
  #unfinished: Buffer = Buffer.alloc(0);
  #leftOfMessage = 0;

  /** The bytes to pass on now; a view that is only good until `data` changes. */
  push(data: Uint8Array): Buffer {
    const buffer =
      this.#unfinished.length > 0
        ? Buffer.concat([this.#unfinished, data])
        : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const parts: Buffer[] = [];
    let from = 0;
    let at = Math.min(this.#leftOfMessage, buffer.length);
    this.#leftOfMessage -= at;
    while (buffer.length - at >= HEADER_BYTES) {
      const end = at + 1 + buffer.readUInt32BE(at + 1);
      if (buffer[at] !== READY_FOR_QUERY) {
        this.#leftOfMessage = Math.max(0, end - buffer.length);
        at = Math.min(end, buffer.length);
        continue;
      }
      if (end > buffer.length) break;
      parts.push(buffer.subarray(from, at));
      this.last = Uint8Array.from(buffer.subarray(at, end));
      at = end;
      from = end;
    }
    parts.push(buffer.subarray(from, at));
    this.#unfinished = Buffer.from(buffer.subarray(at));
    return parts.length === 1 ? buffer.subarray(from, at) : Buffer.concat(parts);
  }
}
