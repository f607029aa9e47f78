import { Packr } from 'msgpackr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../protocol/limits.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import { everyClass } from './limits.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const COMMAND = '00000000-0000-4000-8000-0000000000c1';

const plenty = { burst: 100_000, perSecond: 100_000 };
let on: Stage;
beforeAll(async () => {
  on = await stage({ rates: everyClass(plenty) });
});
afterAll(() => on.close());

const sos = {
  id: COMMAND,
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point: { lat: 52.5, lng: 13.4 },
};
const pack = (frame: unknown) => new Packr({ useRecords: false }).pack(frame);
const withPoint = (lat: unknown, lng: unknown) => ['sos.create', { ...sos, point: { lat, lng } }];

describe('a frame that does not fit is answered, and the socket stays open:', () => {
  test.each<[string, unknown, string]>([
    ['NaN for a latitude', withPoint(Number.NaN, 0), 'bad_frame'],
    ['infinity for a longitude', withPoint(0, Number.POSITIVE_INFINITY), 'bad_frame'],
    ['a latitude beyond the pole', withPoint(90.001, 0), 'bad_frame'],
    ['a number as text', withPoint('52', 13), 'bad_frame'],
    ['a 64-bit integer', withPoint(2n ** 63n, 0), 'bad_frame'],
    ['a map for a body', ['sub', new Map([['stream', 1]])], 'bad_frame'],
    ['a field too many', ['sos.create', { ...sos, extra: 1 }], 'bad_frame'],
    ['a field too few', ['sos.create', { id: COMMAND }], 'bad_frame'],
    ['a control character', ['chat.send', { id: COMMAND, sosId: USER, text: 'a\u0000b' }], 'bad_frame'],
    ['a text too long', ['chat.send', { id: COMMAND, sosId: USER, text: 'x'.repeat(2_001) }], 'bad_frame'],
    ['a stream of another form', ['sub', { stream: 'sos:*', afterSeq: 0 }], 'bad_frame'],
    ['a negative number', ['sub', { stream: `sos:${USER}`, afterSeq: -1 }], 'bad_frame'],
    ['another feed', ['watch', { feed: 'everything' }], 'bad_frame'],
    ['a kind that is not', ['sos.destroy', { id: COMMAND }], 'unknown_kind'],
    ['a prototype for a body', ['hb', JSON.parse('{"__proto__":{"sentAtMs":1}}')], 'bad_frame'],
    ['a kind of every object', ['constructor', {}], 'unknown_kind'],
    ['a kind of the prototype', ['__proto__', {}], 'unknown_kind'],
    ['no body', ['hb'], 'bad_frame'],
    ['a third element', ['hb', { sentAtMs: 1 }, 1], 'bad_frame'],
    ['no array', { kind: 'hb' }, 'bad_frame'],
    ['null', null, 'bad_frame'],
    ['a body of null', ['hb', null], 'bad_frame'],
  ])('%s', async (_what, frame, code) => {
    const socket = await on.signIn(USER);
    socket.sayRaw(pack(frame));
    expect((await socket.heard('error')).code).toBe(code);
    expect(await socket.isAnswered()).toBe(true);
    expect(on.fake.commands).toEqual([]);
  });

  test.each([
    ['a prototype in JSON', '["hb",{"sentAtMs":1,"__proto__":{"echoMs":1},"constructor":1}]'],
    ['an array deeper than any stack', `["hb",${'['.repeat(20_000)}${']'.repeat(20_000)}]`],
    ['an object deeper than any stack', `["hb",${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}]`],
    [
      'fixes deeper than any stack',
      `["pos",{"epoch":"${USER}","seq":1,"sentAtMs":1,"fixes":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`,
    ],
  ])('%s', async (_what, text) => {
    const socket = await on.signIn(USER, { encoding: 'json' });
    socket.sayRaw(text);
    await socket.heard('error');
    expect(await socket.isAnswered()).toBe(true);
    expect(({} as { echoMs?: unknown }).echoMs).toBeUndefined();
  });

  test('and names the command and the field', async () => {
    const socket = await on.signIn(USER);
    socket.say('sos.create', { ...sos, priority: 'HUGE' });
    const { id, detail } = await socket.heard('error');
    expect([id, detail]).toEqual([COMMAND, expect.stringContaining('"priority"')]);
  });

  test('and counts it by code', async () => {
    const before = on.metrics.counts.get('gateway_refused_total{unknown_kind}') ?? 0;
    const socket = await on.signIn(USER);
    socket.say('sos.destroy', {});
    await socket.heard('error');
    expect(on.metrics.counts.get('gateway_refused_total{unknown_kind}')).toBe(before + 1);
  });
});

describe('a frame that can not be decoded is answered and closes with 1007:', () => {
  const ext = (type: number) => Uint8Array.from([0x92, 0xa2, 0x68, 0x62, 0xc7, 3, type, 0x92, 0xa1, 0x61]);
  test.each<[string, string | Uint8Array]>([
    ['a regular expression', ext(0x78)],
    ['a set', ext(0x73)],
    ['an error', ext(0x65)],
    ['a typed array', ext(0x74)],
    ['an array that claims four thousand million elements', Uint8Array.from([0xdd, 255, 255, 255, 255])],
    ['a text that ends early', Uint8Array.from([0xdb, 255, 255, 255, 255, 97])],
    ['nothing', new Uint8Array()],
    ['a date', pack(['sos.create', { ...sos, description: new Date(0) }])],
    ['bytes for a text', pack(['sos.create', { ...sos, description: Buffer.from('x') }])],
    ['a record definition', new Packr({ useRecords: true }).pack(['hb', { sentAtMs: 1 }])],
    ['arrays deeper than any stack', new Uint8Array(60_000).fill(0x91)],
    ['text instead of bytes', '["hb",{"sentAtMs":1}]'],
  ])('%s', async (_what, data) => {
    const socket = await on.signIn(USER);
    socket.sayRaw(data);
    expect(await socket.closedWith()).toBe(1007);
    expect(socket.all('error')[0]?.code).toBe('bad_frame');
    expect(await (await on.signIn(USER)).isAnswered()).toBe(true);
  });

  test.each([
    ['half a JSON text', '["hb",{'],
    ['a byte that is no UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
  ])('%s', async (_what, data) => {
    const socket = await on.signIn(USER, { encoding: 'json' });
    socket.sayRaw(data);
    expect(await socket.closedWith()).toBe(1007);
  });
});

describe('a frame that is too large', () => {
  const hb = (bytes: number) => `["hb",{"sentAtMs":1}]${' '.repeat(bytes - 21)}`;

  test('by a little is answered and closes with 1009', async () => {
    const socket = await on.signIn(USER, { encoding: 'json' });
    socket.sayRaw(hb(LIMITS.frameBytes));
    await socket.heard('hb');
    socket.sayRaw(hb(LIMITS.frameBytes + 1));
    expect(await socket.closedWith()).toBe(1009);
    expect(socket.all('error')[0]?.code).toBe('too_large');
  });

  test('by far breaks the connection and nothing else', async () => {
    const socket = await on.signIn(USER, { encoding: 'json' });
    socket.sayRaw(hb(4 * LIMITS.frameBytes));
    await until(() => socket.closed, { timeoutMs: 2_000, what: 'the end' });
    expect(await (await on.signIn(USER)).isAnswered()).toBe(true);
  });
});
