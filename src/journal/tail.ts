import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { type Queryable, sql } from '../store/db.ts';
import { eventOf, type LogEvent } from './event-log.ts';

const START = sql('journal_tail_start', 'select pg_snapshot_xmin(pg_current_snapshot())::text as xid');

// Below xmin every transaction has ended, so a page in order of xid can never be joined later by a row that
// committed late; that is what a tail by number or by time would skip.
const PAGE = sql(
  'journal_tail_page',
  `select kind, stream_id, seq, type, actor_id, at, data, xid::text as xid from journal.events
    where xid >= $1::xid8 and xid < pg_snapshot_xmin(pg_current_snapshot())
      and (xid, kind, stream_id, seq) > ($1::xid8, $2, $3::uuid, $4)
    order by xid, kind, stream_id, seq limit $5`,
);

const PAGE_EVENTS = 500;
const NIL = '00000000-0000-0000-0000-000000000000';

type Row = Parameters<typeof eventOf>[0] & { xid: string };

interface Position {
  xid: string;
  kind: string;
  streamId: string;
  seq: number;
}

export interface TailOptions {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly everyMs: number;
  /**
   * Sees every committed event at least once; most were already told at commit. A transaction can hold an older id
   * than the one it waited for, so a stream may come out of order: its numbers say so.
   */
  readonly onEvent: (event: LogEvent) => void;
}

/** Follows the log of the whole database from the moment of starting. What was told twice is dropped by number. */
export async function startTail(
  options: TailOptions,
): Promise<{ stop(): Promise<void>; poll(): Promise<void> }> {
  const [start] = await options.db.query<{ xid: string }>(START);
  let position: Position = { xid: start?.xid ?? '0', kind: '', streamId: NIL, seq: 0 };
  let stopped = false;
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();

  const poll = async () => {
    for (let full = true; full && !stopped; ) {
      const { xid, kind, streamId, seq } = position;
      const rows = await options.db.query<Row>(PAGE, [xid, kind, streamId, seq, PAGE_EVENTS]);
      for (const row of rows) options.onEvent(eventOf(row));
      const last = rows.at(-1);
      if (last) position = { xid: last.xid, kind: last.kind, streamId: last.stream_id, seq: last.seq };
      full = rows.length === PAGE_EVENTS;
    }
  };

  const again = () => {
    if (stopped) return;
    cancel = options.clock.after(options.everyMs, () => {
      running = poll()
        .catch((error: unknown) => {
          options.metrics.count('journal_tail_failed');
          options.log.warn(
            errorFields(error),
            'the tail of the event log could not be read; it goes on from where it was',
          );
        })
        .then(again);
    });
  };
  again();

  return {
    poll,
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
