import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import { DEFAULT_RULES, type FixJudgement, judgeFix, NOTHING_KNOWN, type Track } from './pipeline.ts';

const HOME = { lat: 13.08, lng: 80.27 };
const NOW = 1_750_000_000_000;

/** A fix at `atMs` that lies `eastM` metres east of home. */
const row = (atMs: number, eastM = 0, accuracyM: number | null = null) => {
  const { lat, lng } = destination(HOME, 90, eastM);
  return [atMs, lat, lng, accuracyM];
};

/** Judges rows one after the other, each sent and received at the time it was taken unless told otherwise. */
function run(
  rows: { row: unknown[]; sentAtMs?: number; receivedAtMs?: number }[],
  from: Track = NOTHING_KNOWN,
) {
  let track = from;
  return rows.map(({ row: values, sentAtMs, receivedAtMs }) => {
    const atMs = typeof values[0] === 'number' ? values[0] : Number.NaN;
    const arrival = {
      row: values,
      sentAtMs: sentAtMs ?? atMs,
      receivedAtMs: receivedAtMs ?? sentAtMs ?? atMs,
    };
    const judgement = judgeFix(track, arrival, DEFAULT_RULES);
    track = judgement.track;
    return judgement;
  });
}

const said = (judgement: FixJudgement | undefined): string => {
  if (!judgement) return 'nothing';
  if (judgement.kind === 'refused') return judgement.reason;
  return judgement.stale ? 'stale' : judgement.late ? 'late' : 'live';
};

describe('a fix', () => {
  test('that is plausible and fresh is live', () => {
    expect(run([{ row: row(NOW) }, { row: row(NOW + 1_000, 20) }]).map(said)).toEqual(['live', 'live']);
  });

  test.each([
    ['a time that is text', ['2026', 13, 80]],
    ['a time that is not whole', [NOW + 0.5, 13, 80]],
    ['a latitude beyond the pole', [NOW, 90.1, 80]],
    ['a longitude that is not a number', [NOW, 13, Number.NaN]],
    ['no longitude', [NOW, 13]],
    ['an accuracy below zero', [NOW, 13, 80, -1]],
    ['a heading of 400 degrees', [NOW, 13, 80, 5, 1, 400]],
    ['an age of two hundred years', [0, 13, 80]],
    ['nothing', []],
  ])('with %s is invalid', (_, values) => {
    expect(run([{ row: values, sentAtMs: 6.3e12, receivedAtMs: NOW }]).map(said)).toEqual(['invalid']);
  });

  test('is the same instant and point again: a duplicate', () => {
    expect(run([{ row: row(NOW, 5) }, { row: row(NOW, 5), sentAtMs: NOW + 900 }]).map(said)).toEqual([
      'live',
      'duplicate',
    ]);
  });

  test('taken after its frame was sent is from the future, and freezes nobody', () => {
    const verdicts = run([
      { row: row(NOW) },
      { row: row(NOW + 86_400_000, 10), sentAtMs: NOW + 1_000 },
      { row: row(NOW + 2_000, 20) },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'future', 'live']);
  });

  test('a second ahead of its frame is served: clocks are read at different moments', () => {
    expect(run([{ row: row(NOW + 1_000), sentAtMs: NOW }]).map(said)).toEqual(['live']);
  });

  test('older than a minute when sent is late', () => {
    expect(run([{ row: row(NOW), sentAtMs: NOW + 61_000 }]).map(said)).toEqual(['late']);
  });

  test('older than what is known, with a higher number, is stale and leaves what is known alone', () => {
    const verdicts = run([
      { row: row(NOW + 10_000, 100) },
      { row: row(NOW + 5_000, 50), sentAtMs: NOW + 10_500 },
      { row: row(NOW + 10_000, 100), sentAtMs: NOW + 11_000 },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'stale', 'duplicate']);
  });

  test('faster than anything drives is impossible, and the next true one is live again', () => {
    const verdicts = run([
      { row: row(NOW) },
      { row: row(NOW + 1_000, 50_000) },
      { row: row(NOW + 2_000, 30) },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'impossible', 'live']);
  });

  test('elsewhere at the same instant is impossible, unless the accuracies explain it', () => {
    expect(run([{ row: row(NOW) }, { row: row(NOW, 400) }]).map(said)).toEqual(['live', 'impossible']);
    expect(run([{ row: row(NOW) }, { row: row(NOW, 400, 500) }]).map(said)).toEqual(['live', 'live']);
  });

  test('that claims to be accurate to a hundred kilometres may still not jump across the country', () => {
    expect(run([{ row: row(NOW) }, { row: row(NOW + 1_000, 90_000, 100_000) }]).map(said)).toEqual([
      'live',
      'impossible',
    ]);
  });
});

describe('when the first fix was the outlier', () => {
  test('three that agree with each other outvote it', () => {
    const verdicts = run([
      { row: row(NOW, 80_000) },
      { row: row(NOW + 1_000, 0) },
      { row: row(NOW + 2_000, 20) },
      { row: row(NOW + 3_000, 40) },
      { row: row(NOW + 4_000, 60) },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'impossible', 'impossible', 'live', 'live']);
  });

  test('three that disagree with each other outvote nothing', () => {
    const verdicts = run([
      { row: row(NOW) },
      { row: row(NOW + 1_000, 80_000) },
      { row: row(NOW + 2_000, 160_000) },
      { row: row(NOW + 3_000, 240_000) },
      { row: row(NOW + 4_000, 30) },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'impossible', 'impossible', 'impossible', 'live']);
  });

  test('one fix repeated three times is one vote', () => {
    const verdicts = run([
      { row: row(NOW) },
      { row: row(NOW + 1_000, 80_000) },
      { row: row(NOW + 1_000, 80_000) },
      { row: row(NOW + 1_000, 80_000) },
    ]);
    expect(verdicts.map(said)).toEqual(['live', 'impossible', 'impossible', 'impossible']);
  });
});

describe('a device whose clock', () => {
  const TEN_YEARS = 10 * 365 * 86_400_000;

  test.each([
    ['ten years behind', -TEN_YEARS],
    ['ten years ahead', TEN_YEARS],
  ])('is %s is served like any other', (_, offMs) => {
    const rows = [0, 1_000, 2_000].map((ms) => ({
      row: row(NOW + offMs + ms, ms / 50),
      sentAtMs: NOW + offMs + ms + 300,
      receivedAtMs: NOW + ms + 400,
    }));
    const verdicts = run(rows);
    expect(verdicts.map(said)).toEqual(['live', 'live', 'live']);
    expect(verdicts.map((v) => (v.kind === 'kept' ? v.fix.fixAtMs : null))).toEqual([
      NOW + 100,
      NOW + 1_100,
      NOW + 2_100,
    ]);
  });

  test('is set at any moment, by any amount, is not frozen: all but one fix are live', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -TEN_YEARS, max: TEN_YEARS }),
        fc.integer({ min: 1, max: 8 }),
        (jumpMs, at) => {
          const rows = Array.from({ length: 10 }, (__, i) => {
            const offMs = i >= at ? jumpMs : 0;
            const ms = NOW + i * 1_000;
            return { row: row(ms + offMs, i * 10), sentAtMs: ms + offMs + 50, receivedAtMs: ms + 80 };
          });
          const verdicts = run(rows).map(said);
          expect(verdicts.filter((v) => v === 'live').length, verdicts.join()).toBeGreaterThanOrEqual(9);
          expect(verdicts.at(-1)).toBe('live');
        },
      ),
    );
  });
});

test('whatever a row holds, judging answers and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.anything(), { maxLength: 8 }), { maxLength: 20 }), (rows) => {
      const verdicts = run(rows.map((values) => ({ row: values, sentAtMs: NOW })));
      expect(verdicts).toHaveLength(rows.length);
    }),
  );
});
