import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonDiff, parseJson, valueText } from './json-diff.ts';

describe('what differs between two policies', () => {
  test('is named as deep as it can be, with both values', () => {
    const before = { base: { ttlMs: 60_000, waves: [3, 5], same: 'x' }, old: 1 };
    const after = { base: { ttlMs: 45_000, waves: [3, 8, 9], same: 'x' }, fresh: { a: null } };
    expect(jsonDiff(before, after)).toEqual([
      { path: 'base.ttlMs', before: 60_000, after: 45_000 },
      { path: 'base.waves[1]', before: 5, after: 8 },
      { path: 'base.waves[2]', before: undefined, after: 9 },
      { path: 'old', before: 1, after: undefined },
      { path: 'fresh', before: undefined, after: { a: null } },
    ]);
  });

  test('is nothing between a value and itself, and something between any two that are written differently', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(jsonDiff(a, structuredClone(a))).toEqual([]);
        const sorted = (value: unknown) => JSON.stringify(value, Object.keys({ ...Object(value) }).sort());
        if (typeof a !== 'object' && typeof b !== 'object')
          expect(jsonDiff(a, b).length).toBe(sorted(a) === sorted(b) ? 0 : 1);
      }),
    );
  });
});

describe('what was typed', () => {
  test('is read, or says where it stops being JSON', () => {
    expect(parseJson('{"a": [1]}')).toEqual({ ok: true, value: { a: [1] } });
    expect(parseJson('{\n  "a": 1,\n  b\n}')).toEqual({ ok: false, line: 3, column: 3 });
    expect(parseJson('{')).toMatchObject({ ok: false });
  });

  test('is shown in a line that does not run away', () => {
    expect([valueText(undefined), valueText(null), valueText('a')]).toEqual(['–', 'null', '"a"']);
    expect(valueText('x'.repeat(500)).length).toBe(120);
  });
});
