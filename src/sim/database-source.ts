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
  const dataDir = engine?.dataDir ?? null;
  if (dataDir === null) return null;
  const log = openLogger({
    level: 'error',
    clock: systemClock,
    metrics: noMetrics,
    to: { write: (line) => process.stderr.write(line) },
  });
  const embedded = await startEmbedded({ dataDir: embeddedDirectory(dataDir), log });
  try {
    return await readRun({ ...embedded.connection }, known);
  } finally {
    await embedded.stop();
  }
}
