import { decode } from '../protocol/codec.ts';
import type { Encoding } from '../protocol/version.ts';

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/**
 * What a message says, not yet checked. Its memory belongs to the socket and is taken away after the handler, so
 * whatever could point into it is decoded from a copy.
 */
export function readMessage(message: ArrayBuffer, isBinary: boolean, encoding: Encoding): Decoded {
  try {
    if (encoding === 'json') return { ok: true, value: decode(message, encoding) };
    if (!isBinary) return { ok: false };
    return { ok: true, value: decode(new Uint8Array(message.slice(0)), encoding) };
  } catch {
    return { ok: false };
  }
}
