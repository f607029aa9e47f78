import { expect, test } from 'vitest';
import {
  CLOSED_WITHIN_MS,
  harmsOf,
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
  expect(harmsOf(held)).toEqual([]);
  expect(harmsOf({ ...held, meanwhile: all(25) })).toEqual([]);
  expect(harmsOf({ ...held, without: all(100), meanwhile: all(120) })).toEqual([]);
});

test.each<[string, SlowResult, string]>([
  [
    'one of their waits is longer',
    { ...held, meanwhile: { ...all(20), feedMs: 25.1 } },
    'with them: SOS to the feed of a dispatcher 25.1 ms, limit 25.0 ms',
  ],
  [
    'the same of long ones',
    { ...held, without: all(100), meanwhile: { ...all(100), positionMs: 121 } },
    'with them: position to its acknowledgement 121.0 ms, limit 120.0 ms',
  ],
  [
    'one round alone is bad',
    inOneRound({ meanwhile: { ...all(20), ackMs: 41 } }),
    'round 2: SOS to its acknowledgement 41.0 ms, limit 40.0 ms',
  ],
  [
    'it becomes slower for everybody',
    { ...held, last: { ...all(20), ackMs: 41 } },
    'when the last were gone: SOS to its acknowledgement 41.0 ms, limit 40.0 ms',
  ],
  [
    'nothing was measured',
    { ...held, without: { ...all(20), ackMs: Number.NaN } },
    'with them: SOS to its acknowledgement 21.0 ms, limit NaN ms',
  ],
  ['there was no round', { ...held, rounds: [] }, 'there was no round'],
  ['an SOS was not answered', { ...held, troubles: ['of 8 SOS 7 were offered'] }, 'of 8 SOS 7 were offered'],
  ['one of them was never closed', inOneRound({ closed: 499 }), 'round 2: 499 of 500 were closed'],
  [
    'they were closed too late',
    inOneRound({ closedAfterMs: CLOSED_WITHIN_MS + 1 }),
    `round 2: not all were closed within ${Math.round(CLOSED_WITHIN_MS / 1_000)} s`,
  ],
  [
    'they were not closed at all',
    inOneRound({ closedAfterMs: Number.NaN }),
    `round 2: not all were closed within ${Math.round(CLOSED_WITHIN_MS / 1_000)} s`,
  ],
  [
    'they were closed at once',
    inOneRound({ allDeafMs: 29_000 }),
    'round 2: some were closed before they were deaf for 30 s',
  ],
  [
    'they took more memory than their outboxes are',
    inOneRound({ mostMb: 901 }),
    'round 2: the node took 901 MB, limit 900 MB',
  ],
  [
    'they left memory behind',
    inOneRound({ beforeMb: 900, mostMb: 950 }),
    'round 2: the node took 950 MB, limit 900 MB',
  ],
  ['the node was gone', inOneRound({ mostMb: Number.NaN }), 'round 2: the node took NaN MB, limit 900 MB'],
  ['one of them found a hole', inOneRound({ troubles: ['sos:a: 1,3 of 3'] }), 'round 2: sos:a: 1,3 of 3'],
])('they are harmed where %s, and it is said', (_, result, sentence) => {
  expect(harmsOf(result)).toEqual([sentence]);
  expect(sentencesOf(result).split('\n').at(-1)).toBe(sentence);
});

test('it is said with its figures', () => {
  const words = sentencesOf(held);
  expect(words).toContain('500 clients that say they live and never read, 50 of them with the map');
  expect(words).toMatch(/SOS to its acknowledgement +20\.0 +21\.0/);
});
