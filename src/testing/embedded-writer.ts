import { silentLogger } from '../lib/log.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { connectTo, insertNumbers } from './acknowledged-inserts.ts';

/**
 * A process for tests that kill it: starts the embedded database in the directory given as its argument, inserts
 * numbers one by one and prints each one, on a line of its own, when its insert was acknowledged.
 */
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: embedded-writer.js DIRECTORY');
const embedded = await startEmbedded({ dataDir, log: silentLogger });
const pool = connectTo(embedded);
await insertNumbers(
  pool,
  1,
  () => false,
  (number) => process.stdout.write(`${number}\n`),
);
