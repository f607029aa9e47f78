import { addExtension, Packr } from 'msgpackr';
import type { Encoding } from './version.ts';

/**
 * msgpackr decodes by default RegExp (with the sender's pattern), Set, Error and typed arrays. None of them is
 * part of the wire, so the decoder refuses them; record definitions decode to plain objects, which the schemas check.
 */
for (const type of [0x78, 0x73, 0x65, 0x74]) {
  addExtension({
    type,
    read() {
      throw new Error('extension types are not part of the wire');
    },
  } as Parameters<typeof addExtension>[0]);
}

const packr = new Packr({ useRecords: false, variableMapSize: true, largeBigIntToFloat: true });
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A frame as it goes into the socket: bytes for msgpack, a string for JSON. */
export function encode(frame: readonly unknown[], encoding: Encoding): Uint8Array | string {
  return encoding === 'msgpack' ? packr.pack(frame) : JSON.stringify(frame);
}

/** What arrived, decoded but not yet checked. Throws when it is not of this encoding at all. */
export function decode(data: ArrayBuffer | Uint8Array | string, encoding: Encoding): unknown {
  if (encoding === 'json') return JSON.parse(typeof data === 'string' ? data : utf8.decode(data));
  if (typeof data === 'string') throw new Error('msgpack frames are binary');
  return packr.unpack(data instanceof Uint8Array ? data : new Uint8Array(data));
}
