import pg from 'pg';
import { errorFields } from '../lib/log.ts';
import { ageingOf, PERSONAL_DATA, type PersonalTable, RETENTION } from '../schema/personal-data.ts';
import { type Sql, sql } from '../store/db.ts';
import type { Job, JobContext } from './job.ts';

const BATCH_ROWS = 2_000;
const EVERY_MS = 600_000;
/** So long for each table in one run, because other jobs of this node wait meanwhile; the next run goes on. */
const TABLE_MS = 5_000;
/** How many times as long as a batch took the job rests before the next one: the store is there for others. */
const RESTS_PER_BATCH = 2;

/** How the rows of one table, or of tables that leave together, are deleted. */
interface Sweep {
  readonly table: string;
  readonly batch: Sql;
  readonly params: readonly unknown[];
}

/**
 * Deletes what was kept for as long as its class says, by the declaration of every table in `src/schema`: in batches with
 * pauses between them, so that nothing waits behind it. A table that fails keeps no other from being swept.
 */
export const retentionJob: Job = {
  name: 'retention',
  everyMs: EVERY_MS,
  async run(context) {
    const failures: unknown[] = [];
    for (const each of sweepsOf(PERSONAL_DATA)) {
      if (context.signal.aborted) return;
      await sweep(context, each).catch((error: unknown) => {
        context.log.error({ table: each.table, ...errorFields(error) }, 'old rows could not be deleted');
        failures.push(error);
      });
    }
    if (failures.length > 0) throw failures[0];
  },
};

async function sweep(context: JobContext, { table, batch, params }: Sweep): Promise<void> {
  const { db, clock, log, metrics, signal } = context;
  const endsMs = clock.monotonicMs() + TABLE_MS;
  let deleted = 0;
  try {
    while (!signal.aborted && clock.monotonicMs() < endsMs) {
      const startedMs = clock.monotonicMs();
      const [answer] = await db.query<{ gone: number }>(batch, params);
      const gone = answer?.gone ?? 0;
      if (gone === 0) break;
      deleted += gone;
      metrics.count('retention_deleted_total', { table }, gone);
      await rest(context, (clock.monotonicMs() - startedMs) * RESTS_PER_BATCH);
    }
  } finally {
    if (deleted > 0) log.info({ table, deleted }, 'what was kept for long enough was deleted');
  }
}

/** Ends early when the job is told to stop. */
function rest({ clock, signal }: JobContext, restMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(restMs, end);
    signal.addEventListener('abort', end);
  });
}

/** The sweeps that a declaration asks for, one for each function however many tables name it. */
export function sweepsOf(tables: readonly PersonalTable[]): Sweep[] {
  const sweeps = new Map<string, Sweep>();
  for (const declared of tables) {
    const { table, retention } = declared;
    const { keepDays } = RETENTION[retention];
    const ages = ageingOf(declared);
    if (keepDays === null || ages === undefined || 'otherJob' in ages) continue;
    if ('from' in ages) sweeps.set(table, byAge(table, ages.from, keepDays));
    else {
      for (const name of [ages.calling].flat()) {
        if (!sweeps.has(name)) sweeps.set(name, byCalling(ages.named ?? table, name));
      }
    }
  }
  return [...sweeps.values()];
}

function byAge(table: string, from: string, keepDays: number): Sweep {
  const text = `with old as (
      delete from ${escapeIdentifier(table)}
       where ctid = any(array(select ctid from ${escapeIdentifier(table)}
                               where ${pg.escapeIdentifier(from)} < now() - make_interval(days => $1)
                               limit $2
                                 for update skip locked))
      returning 1)
    select count(1)::int as gone from old`;
  return { table, batch: sql(`retention_${table}`, text), params: [keepDays, BATCH_ROWS] };
}

const byCalling = (table: string, name: string): Sweep => ({
  table,
  batch: sql(`retention_${table}`, `select ${escapeIdentifier(name)}($1) as gone`),
  params: [BATCH_ROWS],
});

/** `schema.name`, quoted. */
const escapeIdentifier = (name: string): string => name.split('.').map(pg.escapeIdentifier).join('.');
