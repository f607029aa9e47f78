import { silentLogger } from '../lib/log.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { connectTo, createNumbers, insertBatches, insertNumbers } from './acknowledged-inserts.ts';

/**
 * A process that is there to be killed: starts the embedded database in a directory, lets two writers insert single
 * numbers and one insert batches, and prints `n 17` or `b 3` on a line of its own for each that was acknowledged.
 * It stops inserting at the first refusal, and then only waits for its end.
 */
const [dataDir, first] = [process.argv[2], Number(process.argv[3])];
if (dataDir === undefined || !Number.isSafeInteger(first)) {
  throw new Error('usage: embedded-writer.js DIRECTORY FIRST-NUMBER');
}
const SECOND_WRITER_STARTS_AFTER = 10_000_000;
const embedded = await startEmbedded({ dataDir, log: silentLogger });
const print = (letter: string) => (number: number) => process.stdout.write(`${letter} ${number}\n`);
await createNumbers(connectTo(embedded));
await Promise.allSettled([
  insertNumbers(connectTo(embedded), first, print('n')),
  insertNumbers(connectTo(embedded), first + SECOND_WRITER_STARTS_AFTER, print('n')),
  insertBatches(connectTo(embedded), first, print('b')),
]);
