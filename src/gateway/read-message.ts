import { decode } from '../protocol/codec.ts';
import type { Encoding } from '../protocol/version.ts';
import type { LaneClass } from './limits.ts';

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

const LANE_KINDS: Readonly<Record<string, LaneClass>> = { pos: 'telemetry', vit: 'vitals', alarm: 'alarm' };
/** An array of two, as every frame is. */
const PAIR = 0x92;
/** A text of less than 32 bytes, with its length in the lower bits. */
const SHORT_TEXT = 0xa0;
const OPENING = '["';
const KIND_BYTES_MAX = 5;

/**
 * The lane of a frame by its first few bytes, so that one beyond its sender's share costs next to nothing. Null: of no lane,
 * or written in a way that only decoding tells.
 */
export function peekLane(message: ArrayBuffer, encoding: Encoding): LaneClass | null {
  const bytes = new Uint8Array(message, 0, Math.min(message.byteLength, OPENING.length + KIND_BYTES_MAX + 1));
  const [first = 0, second = 0] = bytes;
  if (encoding === 'msgpack') {
    const length = second - SHORT_TEXT;
    if (first !== PAIR || length < 0 || length > KIND_BYTES_MAX) return null;
    return LANE_KINDS[String.fromCharCode(...bytes.subarray(2, 2 + length))] ?? null;
  }
  const [kind] = String.fromCharCode(...bytes)
    .replace(OPENING, '')
    .split('"');
  return String.fromCharCode(first, second) === OPENING ? (LANE_KINDS[kind ?? ''] ?? null) : null;
}
