import { must } from '../lib/assert.ts';
import { groupBy } from '../lib/group-by.ts';
import { type Queryable, sql, type Tx } from '../store/db.ts';
import type { CommandKey } from './commands.ts';

export type StreamKind = 'sos' | 'chat' | 'inbox' | 'alert' | 'record';

/** An event about to be written; its number is given by {@link append}. */
export interface NewEvent {
  readonly kind: StreamKind;
  readonly streamId: string;
  readonly type: string;
  readonly actorId: string | null;
  readonly data: unknown;
}

export interface LogEvent {
  /** `sos:<id>`, `chat:<id>`, `inbox:<user id>`, `alert:<id>` or `record:<person id>`. */
  readonly stream: string;
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: string;
  readonly data: unknown;
}

const LOCK = sql(
  'journal_lock',
  `select s.head, clock_timestamp() as now,
          (select c.outcome from journal.commands c where c.actor_id = $3 and c.command_id = $4) as outcome
     from journal.streams s where s.kind = $1 and s.stream_id = $2 for update of s`,
);

export interface Locked<Outcome> {
  /** The highest number of the stream. */
  readonly head: number;
  /** The store's clock, by which everything of this transaction is dated. */
  readonly nowMs: number;
  /** The stored answer, when this command was carried out before. */
  readonly outcome: Outcome | null;
}

/**
 * Locks a stream until the transaction ends, or answers null when it does not exist yet. A transaction locks the
 * stream it decides on first; {@link append} locks all others after it, in sorted order.
 */
export async function lockStream<Outcome>(
  tx: Tx,
  kind: StreamKind,
  streamId: string,
  key: CommandKey | null,
): Promise<Locked<Outcome> | null> {
  const [row] = await tx.query<{ head: number; now: number; outcome: Outcome | null }>(LOCK, [
    kind,
    streamId,
    key?.actorId ?? null,
    key?.commandId ?? null,
  ]);
  return row ? { head: row.head, nowMs: row.now, outcome: row.outcome } : null;
}

const ARE_CURRENT = sql(
  'journal_are_current',
  `select q.place::int as place
     from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[]) with ordinality
            as q (stream_id, head, actor_id, command_id, place)
     join journal.streams s on s.kind = $1 and s.stream_id = q.stream_id and s.head = q.head
    where not exists (
      select from journal.commands c where c.actor_id = q.actor_id and c.command_id = q.command_id)`,
);

/** Of each: whether this is the highest number of its stream at this moment and its command has no stored answer. */
export async function areCurrent(
  db: Queryable,
  kind: StreamKind,
  asked: readonly { readonly streamId: string; readonly head: number; readonly key: CommandKey }[],
): Promise<boolean[]> {
  const rows = await db.query<{ place: number }>(ARE_CURRENT, [
    kind,
    asked.map(({ streamId }) => streamId),
    asked.map(({ head }) => head),
    asked.map(({ key }) => key.actorId),
    asked.map(({ key }) => key.commandId),
  ]);
  const places = new Set(rows.map(({ place }) => place));
  return asked.map((_, i) => places.has(i + 1));
}

const APPEND = sql(
  'journal_append',
  `with news as (
     select kind, stream_id, place, type, actor_id, data
       from unnest($1::text[], $2::uuid[], $3::int[], $4::text[], $5::uuid[], $6::text[])
            as n (kind, stream_id, place, type, actor_id, data)),
   counts as (select kind, stream_id, count(*) as n from news group by kind, stream_id),
   heads as (
     insert into journal.streams as s (kind, stream_id, head)
     select kind, stream_id, n from counts order by kind, stream_id
     on conflict (kind, stream_id) do update set head = s.head + excluded.head
     returning kind, stream_id, head)
   insert into journal.events (kind, stream_id, seq, type, actor_id, at, data)
   select kind, stream_id, h.head - c.n + w.place, w.type, w.actor_id, $7::timestamptz, w.data::jsonb
     from news w join heads h using (kind, stream_id) join counts c using (kind, stream_id)
   returning kind, stream_id, seq, at`,
);

interface EventRow {
  kind: StreamKind;
  stream_id: string;
  seq: number;
  type: string;
  actor_id: string | null;
  at: number;
  data: unknown;
}

/** Numbers the events within their streams, in the order given, and writes them. */
export async function append(tx: Tx, atMs: number, events: readonly NewEvent[]): Promise<LogEvent[]> {
  if (events.length === 0) return [];
  const places = new Map<string, number>();
  const place = (event: NewEvent) => {
    const key = `${event.kind}:${event.streamId}`;
    const next = (places.get(key) ?? 0) + 1;
    places.set(key, next);
    return next;
  };
  const texts = events.map((e) => JSON.stringify(e.data));
  const rows = await tx.query<NumberedRow>(APPEND, [
    events.map((e) => e.kind),
    events.map((e) => e.streamId),
    events.map(place),
    events.map((e) => e.type),
    events.map((e) => e.actorId),
    texts,
    new Date(atMs),
  ]);
  return numbered(events, texts, rows).sort(byStreamAndSeq);
}

type NumberedRow = Pick<EventRow, 'kind' | 'stream_id' | 'seq' | 'at'>;

/** What was written is known here; only the numbers come back, which are in the order given within each stream. */
function numbered(events: readonly NewEvent[], texts: readonly string[], rows: NumberedRow[]): LogEvent[] {
  const numbers = groupBy(
    rows.sort((a, b) => a.seq - b.seq),
    (row) => `${row.kind}:${row.stream_id}`,
  );
  return events.map(({ kind, streamId, type, actorId }, i) => {
    const stream = `${kind}:${streamId}`;
    const { seq, at } = must(numbers.get(stream)?.shift(), `a number in ${stream}`);
    // As it stands in the log: what JSON leaves out is left out here too.
    return { stream, seq, atMs: at, actorId, type, data: JSON.parse(texts[i] ?? 'null') };
  });
}

const byStreamAndSeq = (a: LogEvent, b: LogEvent) =>
  a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq;

export function eventOf(row: EventRow): LogEvent {
  return {
    stream: `${row.kind}:${row.stream_id}`,
    seq: row.seq,
    atMs: row.at,
    actorId: row.actor_id,
    type: row.type,
    data: row.data,
  };
}

const READ_AFTER = sql(
  'journal_read_after',
  `select kind, stream_id, seq, type, actor_id, at, data from journal.events
    where kind = $1 and stream_id = $2 and seq > $3 order by seq limit $4`,
);
const BOUNDS = sql(
  'journal_bounds',
  'select low, head from journal.streams where kind = $1 and stream_id = $2',
);

/** Reading the log by stream: what subscriptions resume and fill holes from. */
export function eventSource(db: Queryable) {
  return {
    async readAfter(stream: string, afterSeq: number, limit: number): Promise<LogEvent[]> {
      const { kind, id } = splitStream(stream);
      const rows = await db.query<EventRow>(READ_AFTER, [kind, id, afterSeq, limit]);
      return rows.map(eventOf);
    },
    async bounds(stream: string): Promise<{ low: number; head: number }> {
      const { kind, id } = splitStream(stream);
      const [row] = await db.query<{ low: number; head: number }>(BOUNDS, [kind, id]);
      return row ?? { low: 1, head: 0 };
    },
  };
}

export function splitStream(stream: string): { kind: string; id: string } {
  const colon = stream.indexOf(':');
  return { kind: stream.slice(0, colon), id: stream.slice(colon + 1) };
}
