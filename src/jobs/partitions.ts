import pg from 'pg';
import { type Db, type Queryable, sql } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import type { Job } from './job.ts';
import { dayRanges, monthRanges, type PartitionRange } from './partition-bounds.ts';

/** A table cut into ranges of time. Names are constants of this file and the catalogue of migrations. */
interface Partitioned {
  readonly schema: string;
  readonly table: string;
  readonly ranges: (nowMs: number) => PartitionRange[];
}

// A parent stands before its children. All that belongs to an SOS has the same bounds, so that a month leaves as one.
const TABLES: readonly Partitioned[] = [
  { schema: 'telemetry', table: 'positions', ranges: dayRanges },
  { schema: 'telemetry', table: 'vitals_samples', ranges: dayRanges },
  { schema: 'dispatch', table: 'sos_requests', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_offers', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_slots', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_holdings', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_rejections', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_cancellations', ranges: monthRanges },
  { schema: 'dispatch', table: 'chat_messages', ranges: monthRanges },
  { schema: 'dispatch', table: 'handoffs', ranges: monthRanges },
  { schema: 'dispatch', table: 'chat_reads', ranges: monthRanges },
  { schema: 'dispatch', table: 'sos_feedback', ranges: monthRanges },
  { schema: 'journal', table: 'events_sos', ranges: monthRanges },
  { schema: 'journal', table: 'events_chat', ranges: monthRanges },
  { schema: 'accounts', table: 'audit_log', ranges: monthRanges },
];

export interface PartitionReport {
  /** Made by this call, as `schema.table_suffix`. */
  readonly created: readonly string[];
  /** Could not be made now: the DEFAULT partition holds rows of its range, or the table was locked for too long. */
  readonly notCreated: readonly string[];
  /** DEFAULT partitions that hold rows: something came for which there was no partition. */
  readonly defaultsInUse: readonly string[];
}

/** SQLSTATEs that concern one partition only: check_violation (rows in DEFAULT), lock_not_available. */
const OF_ONE_PARTITION = new Set(['23514', '55P03']);

// Reads the catalogue itself: to_regclass answers from a cache that waiting for the lock does not refresh.
const MISSING = sql(
  'partitions_missing',
  `select d.name from unnest($1::text[]) as d (name)
    where not exists (
      select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = split_part(d.name, '.', 1) and c.relname = split_part(d.name, '.', 2))`,
);

/** Only one node makes partitions at a time; the others then find nothing left to do. */
const LOCK = sql('partitions_lock', 'select pg_advisory_xact_lock(7306095412)');

/** With the rights of the owner of the tables, which the application does not have. */
const MAKE = sql('partitions_make', 'select journal.make_partition($1, $2, $3, $4, $5)');

// Making a partition locks its parent for a moment. Rather not today than make an SOS queue behind a long report.
const LOCK_TIMEOUT = sql('partitions_lock_timeout', `set local lock_timeout = '2s'`);

/**
 * Makes the partitions of the days and months around `nowMs` that don't exist yet: run before a node is ready, and
 * every hour. Safe to run any number of times, on any number of nodes at once. Throws when the database is away; a
 * partition that can't be made is reported and keeps no other from being made, for its rows go to DEFAULT.
 */
export async function ensurePartitions(db: Db, nowMs: number): Promise<PartitionReport> {
  const created: string[] = [];
  const notCreated: string[] = [];
  for (const partition of await missingOf(db, partitionsAround(nowMs))) {
    try {
      if (await ensureOne(db, partition)) created.push(partition.name);
    } catch (error) {
      if (!OF_ONE_PARTITION.has(sqlState(error))) throw error;
      notCreated.push(partition.name);
    }
  }
  return { created, notCreated, defaultsInUse: await defaultsInUse(db) };
}

interface Partition {
  readonly schema: string;
  readonly table: string;
  readonly range: PartitionRange;
  readonly name: string;
}

function partitionsAround(nowMs: number): Partition[] {
  return TABLES.flatMap(({ schema, table, ranges }) =>
    ranges(nowMs).map((range) => ({
      schema,
      table,
      range,
      name: `${schema}.${table}_${range.suffix}`,
    })),
  );
}

async function missingOf(queryable: Queryable, partitions: readonly Partition[]): Promise<Partition[]> {
  const rows = await queryable.query<{ name: string }>(MISSING, [partitions.map(({ name }) => name)]);
  const names = new Set(rows.map(({ name }) => name));
  return partitions.filter(({ name }) => names.has(name));
}

/** False when another node was first. */
function ensureOne(db: Db, partition: Partition): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.query(LOCK);
    if ((await missingOf(tx, [partition])).length === 0) return false;
    await tx.query(LOCK_TIMEOUT);
    const { schema, table, range } = partition;
    await tx.query(MAKE, [schema, table, range.suffix, range.from, range.to]);
    return true;
  });
}

async function defaultsInUse(db: Db): Promise<string[]> {
  const used: string[] = [];
  for (const { schema, table } of TABLES) {
    const name = `${table}_default`;
    const text = `select 1 from ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)} limit 1`;
    const rows = await db.query(sql(`partition_used_${schema}_${name}`, text));
    if (rows.length > 0) used.push(`${schema}.${name}`);
  }
  return used;
}

const HOUR_MS = 3_600_000;

/** Keeps partitions ahead of time, and says when rows had to go into a DEFAULT one. */
export const partitionsJob: Job = {
  name: 'partitions',
  everyMs: HOUR_MS,
  async run({ db, clock, log, metrics }) {
    const { created, notCreated, defaultsInUse: used } = await ensurePartitions(db, clock.nowMs());
    for (const partition of created) log.info({ partition }, 'partition made');
    for (const partition of notCreated) log.error({ partition }, 'a partition could not be made');
    for (const partition of used) log.warn({ partition }, 'rows came for which there was no partition');
    metrics.gauge('store_partitions_not_made', notCreated.length);
    metrics.gauge('store_default_partitions_in_use', used.length);
  },
};
