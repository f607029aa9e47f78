import { expect, test } from 'vitest';
import { encode } from '../protocol/codec.ts';
import { UP, type UpKind } from '../protocol/up.ts';
import { classOf, isLane } from './limits.ts';
import { peekLane } from './read-message.ts';

const bytesOf = (text: string | Uint8Array): ArrayBuffer => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

test.each(['msgpack', 'json'] as const)('the lane of every kind shows in its first bytes: %s', (encoding) => {
  for (const kind of Object.keys(UP) as UpKind[]) {
    const frameClass = classOf(kind);
    const lane = frameClass && isLane(frameClass) ? frameClass : null;
    expect([kind, peekLane(bytesOf(encode([kind, { seq: 1 }], encoding)), encoding)]).toEqual([kind, lane]);
  }
});

test.each(['', '[', '["', '["pos', ' ["pos",{}]', '{"pos":1}', '["position",{}]', '\u0092\u00a3pos'])(
  'what is no such frame is of no lane: %j',
  (text) => {
    // Cut off within its kind it is none either, when it is decoded.
    expect(peekLane(bytesOf(text), 'json')).toBe(text === '["pos' ? 'telemetry' : null);
    expect(peekLane(bytesOf(text), 'msgpack')).toBeNull();
  },
);
