import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import type { EngineReport } from '../lib/engine-health.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { type Queryable, StoreUnavailable, sql } from '../store/db.ts';
import { type Snapshot, snapshotOf } from '../store/snapshot.ts';
import { eventOf, type LogEvent } from './event-log.ts';

const SNAPSHOT = sql('journal_tail_snapshot', 'select pg_current_snapshot()::text as snapshot');

// Exactly what committed between two snapshots, however late it did and however long any other transaction runs. A
// tail by number or by time skips what commits late; one that stays below the oldest running transaction stands still
// while anybody, in any database of the server, writes for long. Pages go by the number e.xid: a bare xid would be
// the text of the answer, where 1000 stands before 999.
const PAGE = sql(
  'journal_tail_page',
  `select e.kind, e.stream_id, e.seq, e.type, e.actor_id, e.at, e.data, e.xid::text as xid from journal.events e
    where e.xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(e.xid, $1::pg_snapshot)
      and pg_visible_in_snapshot(e.xid, $2::pg_snapshot)
      and (e.xid, e.kind, e.stream_id, e.seq) > ($3::xid8, $4, $5::uuid, $6)
    order by e.xid, e.kind, e.stream_id, e.seq limit $7`,
);

// A page is read in one breath of the event loop, and an offer must not wait for a second's worth of events.
const PAGE_EVENTS = 60;

type Row = Parameters<typeof eventOf>[0] & { xid: string };

/** The last row of a page, as the next page's lower bound. */
type Position = readonly [xid: string, kind: string, streamId: string, seq: number];
const BEFORE_ALL: Position = ['0', '', '00000000-0000-0000-0000-000000000000', 0];

export interface TailOptions {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly everyMs: number;
  /** Where to begin, from {@link tailPosition}; the moment of starting when absent. */
  readonly from?: string;
  /**
   * Sees every committed event at least once, one after another, and again when it rejects; most were already told at commit. A transaction can hold an older id
   * than the one it waited for, so a stream may come out of order: its numbers say so.
   */
  readonly onEvent: (event: LogEvent) => void | Promise<void>;
  /** Told with every look whether the store answers. */
  readonly report?: EngineReport;
  /** Told when the log is looked at, and after everything that this look found was told. */
  readonly looks?: { begin(): void; end(seen: Snapshot): void };
}

export interface Tail {
  /** How much longer than a beat ago the store last answered; 0 while it does. */
  silentForMs(): number;
  /** Looks now instead of at the next beat. */
  poll(): Promise<void>;
  stop(): Promise<void>;
}

/** This moment in the log: what is read from the store after it, and a tail from it, leave nothing out between them. */
export async function tailPosition(db: Queryable): Promise<string> {
  const [row] = await db.query<{ snapshot: string }>(SNAPSHOT);
  return must(row, 'a row of a select without a table').snapshot;
}

/** Follows the log of the whole database. What was told twice is dropped by number. */
export async function startTail(options: TailOptions): Promise<Tail> {
  const current = () => tailPosition(options.db);
  let told = options.from ?? (await current());
  let answeredAtMs = options.clock.monotonicMs();
  let stopped = false;
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();

  // One after another: two at once would tell everything twice.
  const poll = () => {
    const turn = running.then(read);
    running = turn.catch(() => {});
    return turn;
  };
  const read = async () => {
    try {
      await readOn();
      options.report?.(null);
    } catch (error) {
      if (error instanceof StoreUnavailable) options.report?.('no_answer');
      throw error;
    }
  };
  const readOn = async () => {
    options.looks?.begin();
    const upTo = await current();
    let position = BEFORE_ALL;
    for (let full = true; full; ) {
      const rows = await options.db.query<Row>(PAGE, [told, upTo, ...position, PAGE_EVENTS]);
      for (const row of rows) await options.onEvent(eventOf(row));
      const last = rows.at(-1);
      if (last) position = [last.xid, last.kind, last.stream_id, last.seq];
      full = rows.length === PAGE_EVENTS;
    }
    told = upTo;
    options.looks?.end(snapshotOf(upTo));
    answeredAtMs = options.clock.monotonicMs();
  };

  const again = () => {
    if (stopped) return;
    cancel = options.clock.after(options.everyMs, () => {
      poll()
        .catch((error: unknown) => {
          options.metrics.count('journal_tail_failed');
          const say = error instanceof StoreUnavailable ? options.log.debug : options.log.warn;
          say.call(
            options.log,
            errorFields(error),
            'the tail of the event log could not be read; it goes on from where it was',
          );
        })
        .then(again);
    });
  };
  again();

  return {
    silentForMs: () => Math.max(0, options.clock.monotonicMs() - answeredAtMs - options.everyMs),
    poll,
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
