import { expect, test } from 'vitest';
import {
  CLOSED_WITHIN_MS,
  isUnharmed,
  type Percentiles,
  type Round,
  type SlowResult,
  sentencesOf,
} from './slow-clients-verdict.ts';

const all = (ms: number): Percentiles => ({ ackMs: ms, offerMs: ms, feedMs: ms, positionMs: ms });
const round: Round = {
  around: all(20),
  meanwhile: all(21),
  closed: 500,
  allDeafMs: 60_000,
  closedAfterMs: 80_000,
  beforeMb: 300,
  mostMb: 400,
  readAgain: 25,
  resumed: 25,
  troubles: [],
};
const held: SlowResult = {
  clients: 500,
  sosPerS: 8,
  positionsPerS: 1_200,
  without: all(20),
  meanwhile: all(21),
  first: all(20),
  last: all(20),
  withMap: 50,
  boundMb: 600,
  rounds: [round, round],
  troubles: [],
};
const inOneRound = (more: Partial<Round>): SlowResult => ({
  ...held,
  rounds: [round, { ...round, ...more }],
});

test('others are unharmed up to a fifth or five milliseconds more, whichever is more', () => {
  expect(isUnharmed(held)).toBe(true);
  expect(isUnharmed({ ...held, meanwhile: all(25) })).toBe(true);
  expect(isUnharmed({ ...held, without: all(100), meanwhile: all(120) })).toBe(true);
});

test.each<[string, SlowResult]>([
  ['one of their waits is longer', { ...held, meanwhile: { ...all(20), feedMs: 25.1 } }],
  ['the same of long ones', { ...held, without: all(100), meanwhile: { ...all(100), positionMs: 121 } }],
  ['one round alone is bad', inOneRound({ meanwhile: all(41) })],
  ['it becomes slower for everybody', { ...held, last: all(41) }],
  ['nothing was measured', { ...held, without: all(Number.NaN) }],
  ['there was no round', { ...held, rounds: [] }],
  ['an SOS was not answered', { ...held, troubles: ['of 8 SOS 7 were acknowledged'] }],
  ['one of them was never closed', inOneRound({ closed: 499 })],
  ['they were closed too late', inOneRound({ closedAfterMs: CLOSED_WITHIN_MS + 1 })],
  ['they were not closed at all', inOneRound({ closedAfterMs: Number.NaN })],
  ['they were closed before they were deaf for long', inOneRound({ allDeafMs: 29_000 })],
  ['they took more memory than their outboxes are', inOneRound({ mostMb: 901 })],
  ['they left memory behind', inOneRound({ beforeMb: 900, mostMb: 950 })],
  ['the node was gone', inOneRound({ mostMb: Number.NaN })],
  ['one of them found a hole', inOneRound({ troubles: ['sos:a: 1,3 of 3'] })],
])('they are harmed where %s', (_, result) => {
  expect(isUnharmed(result)).toBe(false);
});

test('it is said with its figures, and what is wrong by itself', () => {
  const words = sentencesOf({
    ...inOneRound({ troubles: ['a hole'] }),
    troubles: ['of 8 SOS 7 were offered'],
  });
  expect(words).toContain('500 clients that say they live and never read, 50 of them with the map');
  expect(words).toMatch(/SOS to its acknowledgement +20\.0 +21\.0/);
  expect(words.split('\n').slice(-2)).toEqual(['  a hole', 'of 8 SOS 7 were offered']);
});
