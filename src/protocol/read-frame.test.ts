import { describe, expect, test } from 'vitest';
import { readDown, readUp } from './read-frame.ts';

const ID = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const DETAIL_CHARS_MAX = 300;

const sos = {
  id: ID,
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point: { lat: 37.7749, lng: -122.4194 },
};
const chat = (text: unknown) => ['chat.send', { id: ID, sosId: ID, text }];

function refusal(decoded: unknown) {
  const read = readUp(decoded);
  if (read.ok) throw new Error(`accepted: ${JSON.stringify(decoded)}`);
  return read;
}

describe('a frame that fits', () => {
  test('comes back with its kind and body', () => {
    expect(readUp(['sos.create', sos])).toEqual({ ok: true, frame: ['sos.create', sos] });
  });

  test('may write its ids in upper case; they are lowered', () => {
    const upper = ID.toUpperCase();
    expect(readUp(['sos.start', { id: upper, sosId: upper }])).toEqual({
      ok: true,
      frame: ['sos.start', { id: ID, sosId: ID }],
    });
    expect(readUp(['sub', { stream: `sos:${upper}`, afterSeq: null }])).toEqual({
      ok: true,
      frame: ['sub', { stream: `sos:${ID}`, afterSeq: null }],
    });
  });

  test('may hold fixes that are not, so that one bad fix costs no other', () => {
    const body = { epoch: ID, seq: 1, sentAtMs: 1, fixes: [['nonsense'], [1, 91, 181], [1, 2, 3]] };
    expect(readUp(['pos', body])).toEqual({ ok: true, frame: ['pos', body] });
  });

  test('may break a text into lines, and write any script', () => {
    for (const text of ['one\ntwo\r\n\tthree', 'помогите 助けて 🚑', '\u200f\u202e', ' ']) {
      expect(readUp(chat(text)).ok).toBe(true);
    }
  });
});

describe('a frame that does not fit', () => {
  test.each([
    [null],
    [undefined],
    [42],
    ['hb'],
    [{ kind: 'hb' }],
    [[]],
    [['hb']],
    [['hb', { sentAtMs: 1 }, 1]],
    [[1, {}]],
    [[['hb'], {}]],
  ])('%j is no frame', (decoded) => {
    expect(refusal(decoded)).toEqual({
      ok: false,
      code: 'bad_frame',
      detail: 'a frame is an array [kind, body]',
      id: null,
    });
  });

  test('an unknown kind is named', () => {
    expect(refusal(['sos.destroy', {}])).toMatchObject({
      code: 'unknown_kind',
      detail: 'kind "sos.destroy"',
    });
    expect(readDown(['sos.create', sos])).toMatchObject({ ok: false, code: 'unknown_kind' });
  });

  test.each([[null], [1], ['text'], [[]], [true]])('a body of %j is refused', (body) => {
    expect(refusal(['hb', body])).toMatchObject({ code: 'bad_frame', id: null });
    expect(refusal(['hb', body]).detail).toMatch(/^hb: "body": /);
  });

  test('an unknown field is named', () => {
    expect(refusal(['sos.create', { ...sos, colour: 'red' }]).detail).toContain('"colour"');
    expect(refusal(['sos.create', { ...sos, point: { ...sos.point, alt: 1 } }]).detail).toMatch(
      /"point".*"alt"/,
    );
  });

  test('a missing field is named', () => {
    const { priority: _, ...rest } = sos;
    expect(refusal(['sos.create', rest]).detail).toContain('"priority"');
  });

  test.each([
    ['lat', Number.NaN],
    ['lat', Number.POSITIVE_INFINITY],
    ['lng', Number.NEGATIVE_INFINITY],
    ['lat', 90.000001],
    ['lng', -180.000001],
    ['lat', '37.7'],
    ['lng', null],
    ['lng', 2n],
  ])('%s %s is refused, with the field', (field, value) => {
    const point = { ...sos.point, [field]: value };
    expect(refusal(['sos.create', { ...sos, point }])).toMatchObject({ code: 'bad_frame', id: ID });
    expect(refusal(['sos.create', { ...sos, point }]).detail).toContain(`"point.${field}"`);
  });

  test.each(['\u0000', 'a\u001bb', '\u007f', '\u0085', 'half a pair \ud800', ''])(
    'a text of %j is refused',
    (text) => {
      expect(refusal(chat(text)).detail).toContain('"text"');
    },
  );

  test('a text one letter too long is refused', () => {
    expect(readUp(chat('x'.repeat(2_000))).ok).toBe(true);
    expect(refusal(chat('x'.repeat(2_001))).detail).toContain('"text"');
  });

  test.each(['sos:*', 'sos:', ID, `SOS:${ID}`, `care:${ID}`, `sos:${ID}\n`, `sos:${ID}:x`])(
    '%j names no stream',
    (stream) => {
      expect(refusal(['sub', { stream, afterSeq: null }]).detail).toContain('"stream"');
    },
  );

  test.each([-1, 0.5, Number.NaN, 2 ** 53, '1'])('%s is no number of a stream', (afterSeq) => {
    expect(refusal(['sub', { stream: `sos:${ID}`, afterSeq }]).detail).toContain('"afterSeq"');
  });

  test.each(['f47ac10b58cc4372a5670e02b2c3d479', `{${ID}}`, `${ID} `, '', 7])('%j is no id', (sosId) => {
    expect(refusal(['sos.start', { id: ID, sosId }]).detail).toContain('"sosId"');
  });
});

describe('what a refusal says', () => {
  test('gives the command id back, lowered, when it can be read', () => {
    expect(refusal(['sos.create', { id: ID.toUpperCase() }]).id).toBe(ID);
    expect(refusal(['sos.destroy', { id: ID }]).id).toBe(ID);
  });

  test.each([[{ id: 'nonsense' }], [{ id: 7 }], [{ id: { toLowerCase: 1 } }], [{}], [null], [[ID]], [ID]])(
    'gives no id back from %j',
    (body) => {
      expect(refusal(['sos.create', body]).id).toBeNull();
    },
  );

  test('gives no inherited id back', () => {
    expect(refusal(['sos.create', Object.create({ id: ID })]).id).toBeNull();
  });

  test.each<[string, unknown]>([
    ['a kind', ['x'.repeat(60_000), {}]],
    ['a kind of control characters', ['\u0000'.repeat(60_000), {}]],
    ['a field', ['sos.create', { ...sos, ['y'.repeat(60_000)]: 1 }]],
    [
      'a thousand fields',
      ['sos.create', Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field${i}`, i]))],
    ],
    ['a field of control characters', ['hb', { sentAtMs: 1, ['\u0007'.repeat(1_000)]: 1 }]],
    ['a word', ['sos.create', { ...sos, priority: 'z'.repeat(60_000) }]],
    ['a text', chat('q'.repeat(60_000))],
  ])('is short and printable, however long %s is', (_, decoded) => {
    const { detail } = refusal(decoded);
    expect(detail.length).toBeLessThanOrEqual(DETAIL_CHARS_MAX);
    expect(detail).not.toMatch(/\p{Cc}/u);
  });
});
