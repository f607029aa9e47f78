import { expect, test } from 'vitest';
import { embeddedDataDir } from './node-database.ts';
import { slowEmbedded, slowJournal, waited } from './slow-disk.ts';
import { hasStrace } from './strace.ts';

async function onCopy(count: number, delayMs: number) {
  const { dataDir, remove } = await embeddedDataDir();
  return slowEmbedded(count, delayMs, dataDir).finally(remove);
}

const isPossible = (await hasStrace()) && process.getuid?.() === 0;

// With `slow-disk.timed` the small form of `npm run verify -- slow-disk`: these disks are slow for nobody else.
test.skipIf(!isPossible).each([
  ['the embedded database', onCopy],
  ['the node itself, while the database is away,', slowJournal],
] as const)('an SOS is acknowledged when the disk of %s has it, and not before', async (_store, slow) => {
  const result = await slow(1, 1_000);
  expect(waited(result), JSON.stringify(result)).toBe(true);
});
