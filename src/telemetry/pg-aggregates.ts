import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { VITAL_SIGNS } from './vitals/vitals.ts';

/** Each vital sign of a sample as a row: its column and its value. */
const VITALS_OF_SAMPLE = Object.values(VITAL_SIGNS)
  .map(({ column }) => `('${column}', s.${column})`)
  .join(', ');

const BEGIN_MARK = sql(
  'telemetry_begin_counted',
  'insert into telemetry.vitals_counted (is_only) values (true) on conflict do nothing',
);

const LOCK = sql(
  'telemetry_lock_counted',
  'select below_xid as below from telemetry.vitals_counted for update',
);

// Below the oldest transaction that runs nothing can commit any more; what is above waits for the next run. In a statement
// after the lock: one that waited for it would know less than the mark that it then reads.
const SETTLED = sql(
  'telemetry_settled',
  'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as settled',
);

const NEW_SERVER = sql(
  'telemetry_counted_on_new_server',
  'update telemetry.vitals_counted set below_xid = 0, after_received_at = received_at',
);

const MOVE = sql(
  'telemetry_move_counted',
  `update telemetry.vitals_counted
      set below_xid = $1, received_at = greatest(received_at, to_timestamp($2::float8))`,
);

const FIGURES = `count(*) filter (where not doubted)::int as samples, count(*) filter (where doubted)::int as doubted,
         avg(value) filter (where not doubted) as mean,
         min(array[value, at]) filter (where not doubted) as lowest,
         max(array[value, -at]) filter (where not doubted) as highest,
         min(array[at, value]) filter (where not doubted) as first,
         max(array[at, value]) filter (where not doubted) as last`;

const FIGURE_COLUMNS = `samples, doubted, mean, lowest, lowest_at, highest, highest_at, first_value, first_at, last_value, last_at`;

const FIGURE_VALUES = `samples, doubted, mean, lowest[1], to_timestamp(lowest[2]), highest[1], to_timestamp(-highest[2]),
         first[2], to_timestamp(first[1]), last[2], to_timestamp(last[1])`;

/** Added to what is there: each sample is counted once, in the transaction that moves the mark. */
const ADDED = `samples = k.samples + excluded.samples, doubted = k.doubted + excluded.doubted,
         mean = case when k.samples = 0 then excluded.mean when excluded.samples = 0 then k.mean
                else k.mean + (excluded.mean - k.mean) * excluded.samples / (k.samples + excluded.samples) end,
         lowest = case when ${isFirst('lowest', '<')} then excluded.lowest else k.lowest end,
         lowest_at = case when ${isFirst('lowest', '<')} then excluded.lowest_at else k.lowest_at end,
         highest = case when ${isFirst('highest', '>')} then excluded.highest else k.highest end,
         highest_at = case when ${isFirst('highest', '>')} then excluded.highest_at else k.highest_at end,
         first_value = case when ${isBeyond('first_at', '<')} then excluded.first_value else k.first_value end,
         first_at = case when ${isBeyond('first_at', '<')} then excluded.first_at else k.first_at end,
         last_value = case when ${isBeyond('last_at', '>')} then excluded.last_value else k.last_value end,
         last_at = case when ${isBeyond('last_at', '>')} then excluded.last_at else k.last_at end`;

/** SQL: the new value goes beyond what is kept, or equals it and came earlier. */
function isFirst(column: string, beyond: '<' | '>'): string {
  return `k.samples = 0 or excluded.${column} ${beyond} k.${column}
           or (excluded.${column} = k.${column} and excluded.${column}_at < k.${column}_at)`;
}

function isBeyond(column: string, beyond: '<' | '>'): string {
  return `k.samples = 0 or excluded.${column} ${beyond} k.${column}`;
}

const COUNT = sql(
  'telemetry_count_samples',
  `with each as materialized (
     select s.person_id, s.received_at, v.vital, v.value::float8 as value, s.recorded_at,
            date_part('epoch', s.recorded_at) as at,
            case when s.doubts = '{}' then false else array_to_string(s.doubts, ' ') like '%' || v.vital || ':%' end as doubted
       from telemetry.vitals_samples s cross join lateral (values ${VITALS_OF_SAMPLE}) as v (vital, value)
      where s.xid >= $1 and s.xid < $2 and v.value is not null
        and s.received_at > (select c.after_received_at from telemetry.vitals_counted c)),
   hours as materialized (
     select person_id, vital, date_bin('1 hour', recorded_at, timestamptz 'epoch') as hour, ${FIGURES}
       from each group by 1, 2, 3),
   days as (
     select person_id, vital, date_bin('1 day', hour, timestamptz 'epoch') as day, sum(samples)::int as samples,
         sum(doubted)::int as doubted, sum(mean * samples) / nullif(sum(samples), 0) as mean, min(lowest) as lowest,
         max(highest) as highest, min(first) as first, max(last) as last
       from hours group by 1, 2, 3),
   hourly as (
     insert into telemetry.vitals_hourly as k (person_id, vital, hour, ${FIGURE_COLUMNS})
     select person_id, vital, hour, ${FIGURE_VALUES} from hours order by 1, 2, 3
     on conflict (person_id, vital, hour) do update set ${ADDED}),
   daily as (
     insert into telemetry.vitals_daily as k (person_id, vital, day, ${FIGURE_COLUMNS})
     select person_id, vital, day, ${FIGURE_VALUES} from days order by 1, 2, 3
     on conflict (person_id, vital, day) do update set ${ADDED})
   select count(*)::int as counted, date_part('epoch', max(received_at)) as newest from each`,
);

export interface Counted {
  readonly values: number;
  /** Nothing is left that can be counted now. */
  readonly isDone: boolean;
}

/**
 * Counts the samples of up to `transactions` transactions into their hours and days, each once and in one transaction with
 * the mark of how far it went; so it can be cut off anywhere and repeated by any node, and what comes late, by whatever
 * clock, is counted when it comes.
 */
export function countSamples(db: Db, transactions: number): Promise<Counted> {
  return db.transaction(async (tx) => {
    const { below, settled } = await locked(tx);
    const upTo = Math.min(settled, below + transactions);
    if (upTo <= below) return { values: 0, isDone: true };
    const [row] = await tx.query<{ counted: number; newest: number | null }>(COUNT, [below, upTo]);
    const { counted, newest } = must(row, 'a row of a count');
    await tx.query(MOVE, [upTo, newest ?? Number.NEGATIVE_INFINITY]);
    return { values: counted, isDone: upTo === settled };
  });
}

async function locked(tx: Tx): Promise<{ below: number; settled: number }> {
  await tx.query(BEGIN_MARK);
  const [mark] = await tx.query<{ below: number }>(LOCK);
  const [row] = await tx.query<{ settled: number }>(SETTLED);
  const { below } = must(mark, 'the only row of vitals_counted');
  const { settled } = must(row, 'a row of a select without a table');
  if (below <= settled) return { below, settled };
  // A database that was restored elsewhere has marks of transactions that this server has yet to reach.
  await tx.query(NEW_SERVER);
  return { below: 0, settled };
}

const EVERY_MS = 10_000;
/** Other jobs of the node wait meanwhile, some of which are about an SOS; the next run goes on. */
const RUN_MS = 3_000;
const FEWEST = 16;
/** A statement that takes longer than this holds others up; the next is smaller. */
const LONGEST_MS = 500;

/** Keeps the hours and days up to date. How much is done at a time goes by how long it took the last time. */
export function aggregatesJob() {
  let transactions = 1_024;
  return {
    name: 'vitals_aggregates',
    everyMs: EVERY_MS,
    async run({
      db,
      clock,
      metrics,
      signal,
    }: {
      readonly db: Db;
      readonly clock: Clock;
      readonly metrics: Metrics;
      readonly signal: AbortSignal;
    }): Promise<void> {
      const endsMs = clock.monotonicMs() + RUN_MS;
      for (let isDone = false; !isDone && !signal.aborted && clock.monotonicMs() < endsMs; ) {
        const startedMs = clock.monotonicMs();
        try {
          const counted = await countSamples(db, transactions);
          isDone = counted.isDone;
          metrics.count('vitals_counted_total', {}, counted.values);
        } catch (error) {
          transactions = Math.max(FEWEST, Math.floor(transactions / 4));
          throw error;
        }
        const tookMs = clock.monotonicMs() - startedMs;
        if (tookMs > LONGEST_MS) transactions = Math.max(FEWEST, Math.floor(transactions / 2));
        else if (tookMs < LONGEST_MS / 4) transactions = Math.min(2 ** 40, transactions * 2);
        // The store is there for others as much.
        if (!isDone) await new Promise<void>((resolve) => clock.after(tookMs, resolve));
      }
    },
  };
}
