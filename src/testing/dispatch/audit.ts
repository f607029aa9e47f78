import { apply, begin, type Happened } from '../../dispatch/machine/apply.ts';
import { hasPrimary, heldSlots, isOpen, type SosState } from '../../dispatch/machine/state.ts';
import { pgDispatchStore } from '../../dispatch/pg.ts';
import { must } from '../../lib/assert.ts';
import { groupBy } from '../../lib/group-by.ts';
import { type Db, sql } from '../../store/db.ts';

const EVENTS = sql(
  'audit_events',
  'select kind, stream_id, seq, type, actor_id, at, data from journal.events order by kind, stream_id, seq',
);
const HEADS = sql('audit_heads', 'select kind, stream_id, head from journal.streams');
const PRESENT = sql(
  'audit_present',
  `select r.id, r.client_id, d.due_at, d.due_at - clock_timestamp() > interval '1 hour' as far,
          (select coalesce(json_agg(h.user_id order by h.slot), '[]') from dispatch.holders h where h.sos_id = r.id) as held,
          (select coalesce(json_agg(s.holder_id order by s.slot), '[]') from dispatch.sos_slots s
            where s.sos_id = r.id and s.holder_id is not null) as slots
     from dispatch.sos_requests r
     left join dispatch.deadlines d on d.sos_id = r.id`,
);
const HOLDERS = sql('audit_holders', 'select user_id, sos_id from dispatch.holders');

export interface AuditEvent {
  readonly kind: string;
  readonly stream_id: string;
  readonly seq: number;
  readonly type: string;
  readonly actor_id: string | null;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

interface PresentRow {
  id: string;
  client_id: string;
  held: string[];
  slots: string[];
  due_at: number | null;
  far: boolean | null;
}

export interface Audit {
  readonly faults: readonly string[];
  readonly events: readonly AuditEvent[];
  /** Every SOS as the log alone has it. */
  readonly states: ReadonlyMap<string, SosState>;
  /** Of every SOS the id that the device of whoever raised it gave it. */
  readonly clientIds: ReadonlyMap<string, string>;
}

/** Compares the log with the rows of the present and with itself. Nobody may write meanwhile. */
export async function audit(db: Db, agrees: (a: SosState, b: SosState | null) => boolean): Promise<Audit> {
  const events = await db.query<AuditEvent>(EVENTS);
  const streams = groupBy(events, (event) => `${event.kind}:${event.stream_id}`);
  const present = new Map((await db.query<PresentRow>(PRESENT)).map((row) => [row.id, row]));
  const holders = await db.query<{ user_id: string; sos_id: string }>(HOLDERS);
  const faults = await gaps(db, streams);
  const states = new Map<string, SosState>();
  const inboxes: [string, readonly AuditEvent[]][] = [];
  for (const [stream, log] of streams) {
    const [kind, id] = stream.split(':') as [string, string];
    if (kind === 'inbox') inboxes.push([stream, log]);
    if (kind !== 'sos') continue;
    const row = must(present.get(id), `a row of SOS ${id}`);
    const state = replayed(id, log);
    states.set(id, state);
    if (!agrees(state, await pgDispatchStore(db).load(id))) faults.push(`${id}: log and rows differ`);
    faults.push(...ownership(state, row));
  }
  for (const [stream, log] of inboxes) {
    // A drill takes nobody from a real SOS, so who is in one may be assigned another.
    const real = log.filter(({ data }) => !states.get(String(data.sosId))?.isDrill);
    faults.push(...holdings(stream, real));
  }
  const held = [...states.values()].filter((state) => !state.isDrill).flatMap(heldSlots);
  if (holders.length !== held.length) faults.push('there are more or fewer holders than held slots');
  const clientIds = new Map([...present].map(([id, row]) => [id, row.client_id]));
  return { faults, events, states, clientIds };
}

async function gaps(db: Db, streams: ReadonlyMap<string, readonly AuditEvent[]>): Promise<string[]> {
  const heads = await db.query<{ kind: string; stream_id: string; head: number }>(HEADS);
  return heads.flatMap(({ kind, stream_id, head }) => {
    const log = streams.get(`${kind}:${stream_id}`) ?? [];
    const whole = log.length === head && log.every((event, i) => event.seq === i + 1);
    return whole ? [] : [`${kind}:${stream_id} has a gap below ${head}`];
  });
}

/** One person holds one slot: in an inbox, what was assigned is released before the next is assigned. */
function holdings(stream: string, log: readonly AuditEvent[]): string[] {
  let holds: unknown = null;
  for (const { type, data } of log) {
    if (type === 'sos.assigned' && holds) return [`${stream} holds ${holds} and ${data.sosId}`];
    if (type === 'sos.assigned') holds = data.sosId;
    if (type === 'sos.released' && holds !== data.sosId) return [`${stream} is released of what it lacks`];
    if (type === 'sos.released') holds = null;
  }
  return [];
}

function replayed(id: string, log: readonly AuditEvent[]): SosState {
  const happened = log.map((e) => ({ type: e.type, data: e.data, seq: e.seq, atMs: e.at }) as Happened);
  const [first, ...rest] = happened;
  return rest.reduce(apply, begin(id, must(first, 'a first event')));
}

function ownership(state: SosState, row: PresentRow): string[] {
  const faults: string[] = [];
  const holders = heldSlots(state)
    .map(({ holder }) => holder.responderId)
    .join();
  if (row.slots.join() !== holders) faults.push(`${state.id}: the slots hold ${row.slots}, not ${holders}`);
  if (row.held.join() !== (state.isDrill ? '' : holders)) faults.push(`${state.id}: held by ${row.held}`);
  const needsDeadline = isOpen(state) && !hasPrimary(state);
  if (needsDeadline && row.due_at === null) faults.push(`${state.id}: ${state.status}, and never due`);
  if (!isOpen(state) && row.due_at !== null) faults.push(`${state.id}: closed, and due`);
  if (row.far) faults.push(`${state.id}: looked at again in more than an hour`);
  return faults;
}
