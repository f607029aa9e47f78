import { expect, test } from 'vitest';
import { slowEmbedded, slowJournal, slowPostgres, waited } from './slow-disk.ts';
import { hasStrace } from './strace.ts';

const isPossible = (await hasStrace()) && process.getuid?.() === 0;

// The small form of `npm run verify -- slow-disk`. Alone, because the disk is slow for everybody who uses that server.
test.skipIf(!isPossible).each([
  ['PostgreSQL', slowPostgres],
  ['the embedded database', slowEmbedded],
  ['the node itself, while the database is away,', slowJournal],
] as const)('an SOS is acknowledged when the disk of %s has it, and not before', async (_store, slow) => {
  const result = await slow(2, 1_000);
  expect(waited(result), JSON.stringify(result)).toBe(true);
});
