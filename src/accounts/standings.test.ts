import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Standing, Standings } from './standings.ts';
import type { Grant } from './types.ts';

const standing = (grants: Grant[], asOfMs = 0): Standing => ({ grants, suspended: false, asOfMs });

function open(entriesMax = 10) {
  const clock = new ManualClock();
  const counted: string[] = [];
  const metrics = { ...noMetrics, count: (name: string) => void counted.push(name) };
  const limits = { changeLifeMs: 900_000, readLifeMs: 15_000, lastLifeMs: 3_600_000, entriesMax };
  return { clock, counted, standings: new Standings(clock, metrics, limits) };
}

describe('what this node knows of a standing', () => {
  test('a change holds for tokens made before it, not for those made after', () => {
    const { clock, standings } = open();
    const beforeMs = clock.nowMs();
    clock.advance(1_000);
    standings.changed('a', standing([]));
    clock.advance(1);
    expect(standings.changedSince('a', beforeMs)).toEqual(standing([]));
    expect(standings.changedSince('a', clock.nowMs())).toBeUndefined();
    expect(standings.changedSince('b', beforeMs)).toBeUndefined();
  });

  test('a change is remembered as long as a token can live', () => {
    const { clock, standings } = open();
    const madeAtMs = clock.nowMs();
    standings.changed('a', standing([]));
    clock.advance(900_000);
    expect(standings.changedSince('a', madeAtMs)).toBeDefined();
    clock.advance(1);
    expect(standings.changedSince('a', madeAtMs)).toBeUndefined();
  });

  test('of two changes heard of in the wrong order the newer stays', () => {
    const { clock, standings } = open();
    standings.changed('a', standing(['admin'], 2));
    standings.changed('a', standing([], 1));
    expect(standings.changedSince('a', clock.nowMs())).toEqual(standing(['admin'], 2));
  });

  test('an answer is reused for a while, then asked for again', async () => {
    const { clock, standings } = open();
    let reads = 0;
    const read = async () => standing(['patient'], ++reads);
    await standings.current('a', read);
    clock.advance(15_000);
    expect(await standings.current('a', read)).toEqual(standing(['patient'], 1));
    clock.advance(1);
    expect(await standings.current('a', read)).toEqual(standing(['patient'], 2));
  });

  test('a change ends the reuse of an answer at once', async () => {
    const { standings } = open();
    await standings.current('a', async () => standing(['dispatcher']));
    standings.changed('a', standing([]));
    expect(await standings.current('a', async () => standing([]))).toEqual(standing([]));
  });

  test('an answer that a change overtook is not reused', async () => {
    const { standings } = open();
    await standings.current('a', async () => {
      standings.changed('a', standing([], 5));
      return standing(['dispatcher'], 4);
    });
    expect(await standings.current('a', async () => standing([], 6))).toEqual(standing([], 6));
  });

  test('nothing is kept of an answer that failed', async () => {
    const { standings } = open();
    await expect(standings.current('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await standings.current('a', async () => standing([]))).toEqual(standing([]));
  });

  test('memory is bounded: the oldest is forgotten, and counted', () => {
    const { clock, counted, standings } = open(2);
    for (const userId of ['a', 'b', 'c']) standings.changed(userId, standing([]));
    expect(standings.changedSince('a', clock.nowMs())).toBeUndefined();
    expect(standings.changedSince('b', clock.nowMs())).toBeDefined();
    expect(counted).toEqual(['standing_changes_forgotten']);
  });

  test('hears the same again and knows better than a token that was made in between', () => {
    const { clock, standings } = open();
    standings.heard('a', standing([], 1));
    clock.advance(1_000);
    const madeAtMs = clock.nowMs();
    standings.heard('a', standing([], 2));
    expect(standings.changedSince('a', madeAtMs)).toEqual(standing([], 2));
  });
});
