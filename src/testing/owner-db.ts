import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { type DbOptions, openDb } from '../store/pg-db.ts';

/** The database beside the nodes under test, as its owner: patient, because its machine has more to do. */
export const ownerDb = (connection: DbOptions['connection'], poolSize = 1): Db =>
  openDb({
    connection,
    label: 'owner',
    poolSize,
    // An embedded one takes no named statements.
    prepare: 'connectionString' in connection,
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 60_000,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
