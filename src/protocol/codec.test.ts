import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../lib/package-root.ts';
import { decode, encode } from './codec.ts';
import { EXAMPLES } from './examples.ts';
import { readDown, readUp } from './read-frame.ts';
import { type Encoding, SUBPROTOCOLS } from './version.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);
const ENCODINGS = Object.keys(SUBPROTOCOLS) as Encoding[];

const roundTrip = (value: readonly unknown[], encoding: Encoding) =>
  decode(encode(value, encoding), encoding);

/** Deep in the one encoding is deep in the other, but only msgpack bounds it. */
const aBody = fc
  .jsonValue({ maxDepth: 6, stringUnit: 'binary' })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

describe('a frame', () => {
  test.each(ENCODINGS)('of every example comes back in %s as it went in', (encoding) => {
    for (const { from, frame } of EXAMPLES.flatMap(({ frames }) => frames)) {
      const read = (from === 'client' ? readUp : readDown)(roundTrip(frame, encoding));
      expect(read).toEqual({ ok: true, frame });
    }
  });

  test('of anything that JSON can say is the same in both encodings', () => {
    fc.assert(
      fc.property(fc.string(), aBody, (kind, body) => {
        const frame = [kind, body];
        expect(roundTrip(frame, 'json')).toEqual(frame);
        expect(roundTrip(frame, 'msgpack')).toEqual(frame);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  test.each(ENCODINGS)('loses in %s what is undefined, so that no other language meets it', (encoding) => {
    const frame = ['done', { id: 'a', status: undefined, rest: [undefined, 1] }];
    expect(roundTrip(frame, encoding)).toEqual(['done', { id: 'a', rest: [null, 1] }]);
    expect(Object.keys((roundTrip(frame, encoding) as [string, object])[1])).toEqual(['id', 'rest']);
  });

  test('is bytes in msgpack and text in JSON', () => {
    expect(encode(['hb', { sentAtMs: 1 }], 'msgpack')).toBeInstanceOf(Uint8Array);
    expect(encode(['hb', { sentAtMs: 1 }], 'json')).toBe('["hb",{"sentAtMs":1}]');
  });

  test('is read from the middle of a larger buffer', () => {
    const bytes = encode(['hb', { sentAtMs: 1 }], 'msgpack') as Uint8Array;
    const around = new Uint8Array(bytes.length + 10).fill(0xc1);
    around.set(bytes, 5);
    expect(decode(around.subarray(5, 5 + bytes.length), 'msgpack')).toEqual(['hb', { sentAtMs: 1 }]);
    expect(decode(Uint8Array.from(bytes).buffer, 'msgpack')).toEqual(['hb', { sentAtMs: 1 }]);
  });

  test('that was read keeps nothing of the buffer, which the socket takes back', () => {
    const bytes = encode(
      ['chat.send', { text: 'a text that is long enough not to be copied by chance' }],
      'msgpack',
    );
    const buffer = Uint8Array.from(bytes as Uint8Array);
    const decoded = decode(buffer, 'msgpack');
    buffer.fill(0xff);
    expect(decoded).toEqual(decode(bytes, 'msgpack'));
  });

  test('may be as deep as the wire needs twice over, and no deeper', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(roundTrip([nested(15)], 'msgpack')).toEqual([nested(15)]);
    expect(() => roundTrip([nested(16)], 'msgpack')).toThrow('nested too deeply');
  });
});

interface Vector {
  readonly msgpack: readonly string[];
  readonly [kind: string]: unknown;
}

describe('the MessagePack test suite of kawanet', () => {
  const suite = new URL('../shared/data/vectors/msgpack-test-suite.json', packageRoot);
  const bytesOf = (hex: string) =>
    Uint8Array.from(hex.split('-').filter(Boolean), (two) => Number.parseInt(two, 16));
  const ours = new Set(['nil', 'bool', 'number', 'string', 'array', 'map']);

  test('every spelling of what the wire uses is read, everything else is refused', ({ skip }) => {
    if (!existsSync(suite)) skip('the vectors are not on this machine');
    const groups = JSON.parse(readFileSync(suite, 'utf8')) as Record<string, Vector[]>;
    let read = 0;
    let refused = 0;
    for (const vector of Object.values(groups).flat()) {
      const kind = Object.keys(vector).find((key) => key !== 'msgpack') ?? '';
      for (const hex of vector.msgpack) {
        if (ours.has(kind)) {
          // Negative zero equals zero on the wire.
          expect(JSON.stringify(decode(bytesOf(hex), 'msgpack')), hex).toBe(JSON.stringify(vector[kind]));
          read += 1;
        } else if (!vector.bignum) {
          expect(() => decode(bytesOf(hex), 'msgpack'), hex).toThrow();
          refused += 1;
        }
      }
    }
    expect([read, refused].every((count) => count > 20)).toBe(true);
  });
});
