import type pg from 'pg';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { openLogger } from '../observe/loggers.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { embeddedDirectory } from '../store/open-store.ts';
import { readRun, type StoredRun } from './database-reader.ts';
import type { OwnEngine } from './own-engine.ts';

/**
 * Reads what a run left in the database: from a server if one is named, otherwise from the directory of our own
 * engine, which has stopped by now. Null when there is neither.
 */
export async function readStored(
  engine: OwnEngine | null,
  databaseUrl: string | null,
  known: { readonly sosIds: readonly string[]; readonly responderIds: readonly string[] },
): Promise<StoredRun | null> {
  if (databaseUrl !== null) return await readRun({ connectionString: databaseUrl }, known);
  if (engine?.dataDir == null) return null;
  return await readEmbedded(engine, (connection) => readRun(connection, known));
}

/** Reads from the data directory of our own engine, which has stopped by now. */
export async function readEmbedded<T>(
  { dataDir }: Pick<OwnEngine, 'dataDir'>,
  read: (connection: pg.ClientConfig) => Promise<T>,
): Promise<T> {
  const log = openLogger({
    level: 'error',
    clock: systemClock,
    metrics: noMetrics,
    to: { write: (line) => process.stderr.write(line) },
  });
  const embedded = await startEmbedded({
    dataDir: embeddedDirectory(must(dataDir, 'an embedded database')),
    log,
  });
  try {
    return await read({ ...embedded.connection });
  } finally {
    await embedded.stop();
  }
}
