import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import { DEFAULT_RULES } from '../positions/pipeline.ts';
import type { AppFix } from './app-message.ts';
import { type AppJudgement, judgeAppFix, NO_TRACK, trackFrom } from './app-track.ts';

const HOME = { lat: 13.08, lng: 80.27 };
const NOW = 1_750_000_000_000;
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;

interface Sent {
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly eastM?: number;
  readonly isMock?: boolean;
}

const fixAt = ({ atMs, eastM = 0, isMock = false }: Sent): AppFix => ({
  atMs,
  ...destination(HOME, 90, eastM),
  accuracyM: 5,
  speedMps: null,
  headingDeg: null,
  altitudeM: null,
  batteryPct: null,
  messageId: null,
  isMock,
});

function run(sent: readonly Sent[], from = NO_TRACK): AppJudgement[] {
  let track = from;
  return sent.map((one) => {
    const judgement = judgeAppFix(track, fixAt(one), one.receivedAtMs, DEFAULT_RULES);
    track = judgement.after;
    return judgement;
  });
}
const said = (judgements: readonly AppJudgement[]) =>
  judgements.map((one) => (one.kind === 'kept' ? one.result : one.reason));

/** One fix every half minute, each received a second after it was taken, by a clock that is off by `offMs(i)`. */
const every30s = (count: number, offMs: (i: number) => number): Sent[] =>
  Array.from({ length: count }, (_, i) => {
    const trueMs = NOW + i * 30_000;
    return { atMs: trueMs + offMs(i), receivedAtMs: trueMs + 1_000, eastM: i * 20 };
  });

describe('a fix of an app that does not say when it sends', () => {
  test('is live when it is fresh by our clock', () => {
    expect(said(run(every30s(3, () => 0)))).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('of an hour ago is late, and what comes after it live again', () => {
    const sent = [
      { atMs: NOW, receivedAtMs: NOW },
      { atMs: NOW + 60_000, receivedAtMs: NOW + HOUR_MS, eastM: 50 },
      { atMs: NOW + HOUR_MS, receivedAtMs: NOW + HOUR_MS + 200, eastM: 90 },
    ];
    expect(said(run(sent))).toEqual(['accepted', 'late', 'accepted']);
  });

  test('that is older than what is known is stale', () => {
    const sent = [
      { atMs: NOW + 10_000, receivedAtMs: NOW + 10_000 },
      { atMs: NOW, receivedAtMs: NOW + 11_000, eastM: 10 },
    ];
    expect(said(run(sent))).toEqual(['accepted', 'stale']);
  });

  test('that is the same instant and point is a duplicate, and one elsewhere at once impossible', () => {
    const first = { atMs: NOW, receivedAtMs: NOW };
    expect(said(run([first, { ...first, receivedAtMs: NOW + 500 }]))).toEqual(['accepted', 'duplicate']);
    expect(said(run([first, { atMs: NOW + 1_000, receivedAtMs: NOW + 1_000, eastM: 90_000 }]))).toEqual([
      'accepted',
      'impossible',
    ]);
  });

  test('from the future once freezes nobody', () => {
    const sent = every30s(4, (i) => (i === 1 ? 48 * HOUR_MS : 0));
    expect(said(run(sent))).toEqual(['accepted', 'future', 'accepted', 'accepted']);
  });

  test('that was made up is kept, moves nobody, and vouches for none that comes after it', () => {
    const sent = [
      { atMs: NOW, receivedAtMs: NOW },
      { atMs: NOW + 30_000, receivedAtMs: NOW + 30_000, eastM: 500, isMock: true },
      { atMs: NOW + 31_000, receivedAtMs: NOW + 31_000, eastM: 20 },
    ];
    expect(run(sent)).toMatchObject([{ late: false }, { late: true, result: 'late' }, { late: false }]);
  });
});

describe('a clock', () => {
  test.each([
    ['ten years ahead', TEN_YEARS_MS, ['future', 'future', 'accepted', 'accepted', 'accepted']],
    ['an hour ahead', HOUR_MS, ['future', 'future', 'accepted', 'accepted', 'accepted']],
    ['ten years behind', -TEN_YEARS_MS, ['late', 'late', 'accepted', 'accepted', 'accepted']],
    ['an hour behind', -HOUR_MS, ['late', 'late', 'accepted', 'accepted', 'accepted']],
  ])('that is %s is believed to be so after a minute, and its fixes are live', (_what, offMs, expected) => {
    const judgements = run(every30s(5, () => offMs));
    expect(said(judgements)).toEqual(expected);
    const last = judgements.at(-1);
    const trueMs = NOW + 4 * 30_000;
    expect(last?.kind === 'kept' && Math.abs(last.fix.fixAtMs - trueMs) <= 1_000).toBe(true);
  });

  test('that is set right counts at once', () => {
    const sent = every30s(6, (i) => (i < 4 ? TEN_YEARS_MS : 0));
    expect(said(run(sent)).slice(2)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  });

  test('is still known by a node that has only the last fix of the store', () => {
    const last = run(every30s(4, () => TEN_YEARS_MS)).at(-1);
    if (last?.kind !== 'kept') throw new Error('not kept');
    const [next] = run(every30s(5, () => TEN_YEARS_MS).slice(4), trackFrom(last.fix, DEFAULT_RULES));
    expect(next).toMatchObject({ kind: 'kept', result: 'accepted' });
  });

  test('is not taken to be behind because a phone sends what it kept for an hour', () => {
    const backlog = Array.from({ length: 60 }, (_, i) => ({
      atMs: NOW + i * 60_000,
      receivedAtMs: NOW + HOUR_MS + i * 150,
      eastM: i * 10,
    }));
    expect(new Set(said(run(backlog).slice(0, 58)))).toEqual(new Set(['late']));
  });

  test('that jumps at any moment by any amount freezes nobody for longer than two minutes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.integer({ min: 0, max: 19 }),
            byMs: fc.integer({ min: -TEN_YEARS_MS, max: TEN_YEARS_MS }),
          }),
          { maxLength: 3 },
        ),
        (jumps) => {
          const offMs = (i: number) =>
            jumps.filter(({ at }) => at <= i).reduce((sum, { byMs }) => sum + byMs, 0);
          const judgements = run(every30s(26, offMs));
          const lastJump = Math.max(0, ...jumps.map(({ at }) => at));
          const after = judgements.slice(lastJump + 5);
          expect(after.length).toBeGreaterThan(0);
          for (const one of after) expect(one).toMatchObject({ kind: 'kept', late: false });
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
