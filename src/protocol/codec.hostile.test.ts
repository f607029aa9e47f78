import { Packr } from 'msgpackr';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { decode, encode } from './codec.ts';
import { LIMITS } from './limits.ts';
import { readDown, readUp } from './read-frame.ts';
import { UP } from './up.ts';

const SEED = 20_261_121;

const bytes = (...values: number[]) => Uint8Array.from(values);
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const fromMsgpack = (data: Uint8Array) => decode(data, 'msgpack');

/** Everything msgpackr can write, including what the wire does not have. */
const liberal = new Packr({ moreTypes: true, structuredClone: true, useRecords: false });
const records = new Packr({ useRecords: true });
const bundled = new Packr({ bundleStrings: true });

function cyclic(): unknown {
  const loop: unknown[] = ['hb'];
  loop.push(loop);
  return loop;
}

afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('msgpack that is not of the wire is refused', () => {
  test.each<[string, Uint8Array]>([
    ['a RegExp of the sender', liberal.pack(['hb', /(a+)+$/])],
    ['a Set', liberal.pack(['hb', new Set([1])])],
    ['an Error', liberal.pack(['hb', new RangeError('x')])],
    ['a typed array', liberal.pack(['hb', new Float64Array(2)])],
    ['an ArrayBuffer', liberal.pack(['hb', new ArrayBuffer(4)])],
    ['a Date', liberal.pack(['hb', new Date(1_780_000_000_000)])],
    ['a reference to itself', liberal.pack(cyclic())],
    ['a bundle of strings', bundled.pack(['hb', { text: 'long enough to be bundled, twice over' }])],
    ['undefined as an extension', bytes(0x92, 0xa2, ...ascii('hb'), 0xd4, 0x00, 0x00)],
    ['a big integer of 5 bytes', bytes(0xc7, 5, 0x42, 1, 2, 3, 4, 5)],
    ['binary', bytes(0x92, 0xa2, ...ascii('hb'), 0xc4, 1, 0)],
    ['the byte that is never used', bytes(0xc1)],
    ['a record', records.pack({ a: 1, b: 2 })],
    ['a record definition in an array', bytes(0x92, 0xa1, 0x61, 0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1)],
    ['a record definition of two bytes', bytes(0xd5, 0x72, 0x40, 0x00, 0x91, 0xa1, 0x61, 1)],
    ['an unknown extension', bytes(0xd8, 0x10, ...new Array<number>(16).fill(0))],
    ['a key that is an array', bytes(0x81, 0x91, 0x01, 0x01)],
  ])('%s', (_, data) => {
    expect(() => fromMsgpack(data)).toThrow();
  });

  test.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['an array without its elements', bytes(0x92, 0xa2, ...ascii('hb'))],
    ['a string longer than the frame', bytes(0x92, 0xd9, 0xff, 0x61)],
    ['a number without its bytes', bytes(0xcb, 0x40)],
    ['a length without its bytes', bytes(0xdb, 0xff)],
    ['two values', bytes(0xc0, 0xc0)],
    ['4,294,967,295 elements', bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 0x01)],
    ['4,294,967,295 pairs', bytes(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 0x01)],
    ['4,294,967,295 letters', bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61)],
  ])('%s', (_, data) => {
    expect(() => fromMsgpack(data)).toThrow();
  });

  test('a hundred thousand arrays, maps or references in each other, without a stack overflow', () => {
    const element = new Uint8Array(100_001).fill(0x91);
    const pair = Uint8Array.from({ length: 300_001 }, (_, i) => [0x81, 0xa1, 0x61][i % 3] ?? 0);
    for (const bomb of [element, pair]) {
      bomb[bomb.length - 1] = 0xc0;
      expect(() => fromMsgpack(bomb)).toThrow('nested too deeply');
    }
    const extensions = Uint8Array.from({ length: 300_000 }, (_, i) => [0xd4, 0x78, 0x00][i % 3] ?? 0);
    expect(() => fromMsgpack(extensions)).toThrow('not part of the wire');
  });

  test('wide arrays that promise more than the frame holds, without the memory they ask for', () => {
    const wide = new Uint8Array(LIMITS.frameBytes);
    for (let at = 0; at + 5 < wide.length; at += 5) wide.set([0xdd, 0x00, 0xff, 0xff, 0xff], at);
    const beforeBytes = process.memoryUsage().rss;
    expect(() => fromMsgpack(wide)).toThrow();
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test('and a good frame is read as before afterwards', () => {
    for (const data of [bytes(0xd4, 0x72, 0x40, 0x91), bytes(0x92, 0xa2), liberal.pack(cyclic())]) {
      expect(() => fromMsgpack(data)).toThrow();
      expect(fromMsgpack(encode(['hb', { sentAtMs: 1 }], 'msgpack') as Uint8Array)).toEqual([
        'hb',
        { sentAtMs: 1 },
      ]);
    }
  });
});

describe('numbers of 64 bits', () => {
  const hb = (...number: number[]) =>
    bytes(0x92, 0xa2, ...ascii('hb'), 0x81, 0xa8, ...ascii('sentAtMs'), ...number);

  test('are how other languages send a time, and are read as one', () => {
    for (const first of [0xcf, 0xd3]) {
      const decoded = fromMsgpack(hb(first, 0x00, 0x00, 0x01, 0x9e, 0x70, 0x00, 0x00, 0x00));
      expect(readUp(decoded)).toEqual({ ok: true, frame: ['hb', { sentAtMs: 0x19e70000000 }] });
    }
  });

  test('beyond what a number holds exactly are refused by the schema', () => {
    const decoded = fromMsgpack(hb(0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
    expect(readUp(decoded)).toMatchObject({ ok: false, code: 'bad_frame' });
  });
});

describe('a key that means something to JavaScript', () => {
  const poison = { polluted: true };
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s changes nothing',
    (key) => {
      const inside = `{"${key}":{"polluted":true}}`;
      const json = [
        `["hb",{"sentAtMs":1,"${key}":{"polluted":true}}]`,
        `["sos.create",${inside}]`,
        `["pos",{"epoch":"5e0f6a52-4f0c-4d0e-9a57-1f2d3c4b5a69","seq":1,"sentAtMs":1,"${key}":{"polluted":true},"fixes":[[1,2,3]]}]`,
        `["${key}",${inside}]`,
        `["welcome",{"limits":${inside}}]`,
      ];
      for (const text of json) {
        const decoded = decode(text, 'json') as unknown[];
        expect(readUp(decoded).ok).toBe(false);
        // What the server says is taken without what is not known; nothing else may come of it.
        const down = readDown(decoded);
        if (down.ok) expect(Object.entries(down.frame[1])).toEqual([['sentAtMs', 1]]);
      }
      const map = new Map<unknown, unknown>([
        ['sentAtMs', 1],
        [key, poison],
      ]);
      const decoded = fromMsgpack(new Packr({ useRecords: false }).pack(['hb', map]));
      expect(readUp(decoded).ok).toBe(false);
      expect((decoded as { polluted?: unknown }[])[1]?.polluted).toBeUndefined();
    },
  );

  test('is no kind of message', () => {
    for (const kind of ['__proto__', 'constructor', 'toString', 'valueOf']) {
      expect(readUp([kind, {}])).toMatchObject({ ok: false, code: 'unknown_kind' });
    }
  });
});

describe('twenty thousand random buffers', () => {
  const random = seededRandom(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  const kinds = Object.keys(UP);

  function anything(): Uint8Array {
    return Uint8Array.from({ length: 1 + below(200) }, () => below(256));
  }

  function almostAFrame(): Uint8Array {
    const good = encode([kinds[below(kinds.length)], aBody()], 'msgpack') as Uint8Array;
    const data = Uint8Array.from(good);
    for (let i = below(4); i >= 0; i--) data[below(data.length)] = below(256);
    return data.subarray(0, random() < 0.2 ? below(data.length) : data.length);
  }

  const aBody = () => ({
    id: '5e0f6a52-4f0c-4d0e-9a57-1f2d3c4b5a69',
    sosId: '5e0f6a52-4f0c-4d0e-9a57-1f2d3c4b5a69',
    text: 'on my way',
    point: { lat: 1.5, lng: 2.5 },
    fixes: [[1, 2.5, 3.5, null]],
  });

  test.each([
    ['of noise', anything],
    ['of damaged frames', almostAFrame],
  ])('%s are refused or read, quickly and without a trace', (_, make) => {
    let refused = 0;
    const startMs = performance.now();
    for (let i = 0; i < 20_000; i++) {
      const data = make();
      let decoded: unknown;
      try {
        decoded = fromMsgpack(data);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused += 1;
        continue;
      }
      const read = readUp(decoded);
      if (!read.ok) expect(read.detail.length, `seed ${SEED}, buffer ${i}`).toBeLessThanOrEqual(300);
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

describe('JSON that is not of the wire', () => {
  test.each<[string, Uint8Array | string]>([
    ['nothing', ''],
    ['half a frame', '["hb",{"sentAtMs":1'],
    ['two frames', '["hb",{}]["hb",{}]'],
    ['NaN', '["hb",{"sentAtMs":NaN}]'],
    ['a comment', '["hb",{}] // hello'],
    ['bytes that are not UTF-8', bytes(0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d)],
    ['half a letter', bytes(0x22, 0xe2, 0x82, 0x22)],
    ['an encoded surrogate', bytes(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['msgpack', encode(['hb', { sentAtMs: 1 }], 'msgpack')],
  ])('%s is refused', (_, data) => {
    expect(() => decode(data, 'json')).toThrow();
  });

  test('a key that comes twice counts once, the last', () => {
    expect(readUp(decode('["hb",{"sentAtMs":1,"sentAtMs":2}]', 'json'))).toEqual({
      ok: true,
      frame: ['hb', { sentAtMs: 2 }],
    });
  });

  test('a hundred thousand arrays in each other are no frame, wherever they stand', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const objects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const text of [deep, objects, `["hb",${deep}]`, `[${objects},1]`, `["sos.create",{"id":${deep}}]`]) {
      expect(readUp(decode(text, 'json')).ok).toBe(false);
    }
    expect(() => decode('['.repeat(100_000), 'json')).toThrow(SyntaxError);
  });

  test('text is no msgpack', () => {
    expect(() => decode('["hb",{"sentAtMs":1}]', 'msgpack')).toThrow();
  });
});
