import { expect, test } from 'vitest';
import { type Heard, troublesOf } from './health.ts';

const NOW = 1_000_000;
const heard = (
  health: Partial<Heard['health']> = {},
  { atMs = NOW, tookMs = 10 }: Partial<Pick<Heard, 'atMs' | 'tookMs'>> = {},
): Heard => ({
  health: {
    nodeId: 'n',
    otherNodes: [],
    uptimeMs: 1,
    logSilentMs: 0,
    missing: [],
    overload: { level: 0, cause: null },
    ...health,
  },
  atMs,
  tookMs,
});

test.each<[what: string, heard: Heard | null, troubles: string[]]>([
  ['nothing heard yet', null, []],
  ['all is well', heard(), []],
  ['the database is away', heard({ missing: ['store'], logSilentMs: 9_000 }), ['store']],
  ['Redis is away', heard({ missing: ['redis'] }), ['redis']],
  [
    'the disk of the node and the mail server are away',
    heard({ missing: ['journal', 'mail'] }),
    ['journal', 'mail'],
  ],
  ['the node is about to stop', heard({ missing: ['stopping'] }), ['stopping']],
  ['the log is behind', heard({ logSilentMs: 2_500 }), ['behind']],
  ['positions come less often', heard({ overload: { level: 1, cause: 'event_loop' } }), ['overload_1']],
  ['only SOS move', heard({ overload: { level: 2, cause: 'store' } }), ['overload_2']],
  [
    'the database is away and only SOS are served',
    heard({ missing: ['store'], overload: { level: 3, cause: 'memory' } }),
    ['store', 'overload_3'],
  ],
  ['answers take long', heard({}, { tookMs: 1_400 }), ['slow']],
  [
    'nothing heard for long, whatever it was',
    heard({ missing: ['store'] }, { atMs: NOW - 20_000 }),
    ['unreachable'],
  ],
])('%s', (_, last, troubles) => {
  expect(troublesOf(last, NOW)).toEqual(troubles);
});
