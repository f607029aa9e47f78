import type { HttpResponse } from 'uWebSockets.js';
import type { ErrorCode } from '../protocol/errors.ts';

export type Body =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON body to its end, or gives up once it is larger than `maxBytes`. An abort leaves it pending for ever. */
export async function readBody(res: HttpResponse, contentType: string, maxBytes: number): Promise<Body> {
  const content = await readContent(res, maxBytes);
  if (!content.ok) return content;
  return content.value.byteLength === 0 ? { ok: true, value: undefined } : parse(content.value, contentType);
}

/** The same for any bytes. */
export function readContent(
  res: HttpResponse,
  maxBytes: number,
): Promise<Extract<Body, { ok: false }> | { readonly ok: true; readonly value: Uint8Array }> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let over = false;
    res.onData((chunk, isLast) => {
      if (over) return;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        over = true;
        chunks.length = 0;
        resolve({ ok: false, code: 'too_large', detail: `at most ${maxBytes} bytes` });
        return;
      }
      // The chunk's memory is taken away after this call.
      chunks.push(new Uint8Array(chunk.slice(0)));
      if (!isLast) return;
      over = true;
      resolve({ ok: true, value: Buffer.concat(chunks) });
    });
  });
}

/** The room that bodies of a family of routes may take up while they come in, all of them together. (Invariant 8.) */
export class BodyRoom {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

export interface WholeBody {
  /** Null: it was larger than the cap, and was read to its end without being kept. */
  readonly bytes: Uint8Array | null;
  /** There was no room for it; nothing more of it is read. */
  readonly isBusy: boolean;
  /** Gives its room back. */
  readonly release: () => void;
}

/** Reads a body to its end, whatever its size, and keeps up to `maxBytes` of it. An abort leaves it pending for ever. */
export function readWhole(
  res: HttpResponse,
  {
    maxBytes,
    room,
    onTaken,
  }: { readonly maxBytes: number; readonly room: BodyRoom; readonly onTaken: (release: () => void) => void },
): Promise<WholeBody> {
  return new Promise((resolve) => {
    let chunks: Uint8Array[] | null = [];
    let bytes = 0;
    let over = false;
    const release = () => {
      room.give(bytes);
      bytes = 0;
    };
    onTaken(release);
    const end = (whole: Omit<WholeBody, 'release'>) => {
      over = true;
      chunks = null;
      resolve({ ...whole, release });
    };
    res.onData((chunk, isLast) => {
      if (over) return;
      if (chunks && bytes + chunk.byteLength > maxBytes) {
        chunks = null;
        release();
      }
      if (chunks) {
        if (!room.take(chunk.byteLength)) return end({ bytes: null, isBusy: true });
        bytes += chunk.byteLength;
        // The chunk's memory is taken away after this call.
        chunks.push(new Uint8Array(chunk.slice(0)));
      }
      if (isLast) end({ bytes: chunks && Buffer.concat(chunks), isBusy: false });
    });
  });
}

function parse(bytes: Uint8Array, contentType: string): Body {
  if (!/^application\/json *(;|$)/i.test(contentType)) {
    return { ok: false, code: 'bad_request', detail: 'content-type: application/json is expected' };
  }
  try {
    return { ok: true, value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return { ok: false, code: 'bad_request', detail: 'body: not JSON' };
  }
}
