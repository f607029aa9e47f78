import { Packr } from 'msgpackr';
import { assertPlainMsgpack } from './plain-msgpack.ts';
import type { Encoding } from './version.ts';

/**
 * Writes what JSON would: what is undefined is left out, not sent as an extension type. Reads 64-bit integers as
 * numbers, because that is how other languages send a time in milliseconds; the schemas refuse those beyond 2^53.
 */
const OPTIONS = {
  useRecords: false,
  variableMapSize: true,
  largeBigIntToFloat: true,
  skipValues: [undefined],
  encodeUndefinedAsNil: true,
  int64AsType: 'number',
} as const;

const packr = new Packr(OPTIONS);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A frame as it goes into the socket: bytes for msgpack, a string for JSON. */
export function encode(frame: readonly unknown[], encoding: Encoding): Uint8Array | string {
  return encoding === 'msgpack' ? packr.pack(frame) : JSON.stringify(frame);
}

/**
 * What arrived, decoded but not yet checked: only values that JSON has too, holding no part of `data`. Throws when it
 * is not of this encoding at all.
 */
export function decode(data: ArrayBuffer | Uint8Array | string, encoding: Encoding): unknown {
  if (encoding === 'json') return JSON.parse(typeof data === 'string' ? data : utf8.decode(data));
  if (typeof data === 'string') throw new Error('msgpack frames are binary');
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  assertPlainMsgpack(bytes);
  return packr.unpack(bytes);
}
