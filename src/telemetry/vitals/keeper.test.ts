import { expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { KEEPER_DEFAULTS, Keeper } from './keeper.ts';
import type { PutAway } from './vigil-store.ts';

const stateOf = (personId: string) => ({ personId }) as PutAway;

test('a state that says what was told is not put away before that is in the store', async () => {
  const stored: string[] = [];
  const waiting = new Set(['a']);
  const keeper = new Keeper({
    store: {
      putAway: async (states) => {
        stored.push(...states.map(({ personId }) => personId));
        return [];
      },
      keepScores: async () => {},
    },
    clock: new ManualClock(),
    log: silentLogger,
    metrics: { count: () => {}, gauge: () => {}, observeMs: () => {} },
    settings: { ...KEEPER_DEFAULTS, batchMax: 1 },
    nodeId: 'here',
    findings: { waitsFor: (personId) => waiting.has(personId) },
  });
  for (const personId of ['a', 'b', 'c']) keeper.state(stateOf(personId));
  await keeper.flush();
  // A node that dies here has told nobody of `a`, and whoever takes over does not believe that it has.
  expect(stored).toEqual(['b', 'c']);
  expect(keeper.waiting.states).toBe(1);
  waiting.clear();
  await keeper.flush();
  expect(stored).toEqual(['b', 'c', 'a']);
  expect(keeper.waiting.states).toBe(0);
});
