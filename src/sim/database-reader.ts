import pg from 'pg';
import type { JudgedEvent } from './judge.ts';

/** An event as the database holds it. */
export interface StoredEvent extends JudgedEvent {
  readonly sosId: string;
  readonly actorId: string | null;
}

/** What the database holds of the SOS and people of one run, read with plain SQL and nothing of the engine. */
export interface StoredRun {
  readonly events: readonly StoredEvent[];
  /** Status of each SOS. */
  readonly statuses: ReadonlyMap<string, string>;
  readonly offers: number;
  readonly expiredOffers: number;
  /** `sos id/user id` of everybody who declined. */
  readonly rejections: ReadonlySet<string>;
  readonly messageIds: ReadonlySet<string>;
  /** By person. */
  readonly fixes: ReadonlyMap<string, StoredFixes>;
}

export interface StoredFixes {
  readonly positions: number;
  /** Of those, how many distinct numbers: fewer would mean that one is stored twice. */
  readonly distinct: number;
  readonly late: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** Ids of one statement: keeps a statement of the embedded database short. */
const IDS_AT_ONCE = 500;

/** Reads it. `config` without a password for the embedded database. Rejects when the database can't be reached. */
export async function readRun(
  config: pg.ClientConfig,
  known: { readonly sosIds: readonly string[]; readonly responderIds: readonly string[] },
): Promise<StoredRun> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 30_000, query_timeout: 60_000 });
  // A connection that breaks between two statements emits here; the next statement then rejects.
  client.on('error', () => {});
  await client.connect();
  try {
    const of = (text: string, ids: readonly string[]) => inChunks(client, text, ids);
    const { sosIds, responderIds } = known;
    const offers = await of(OFFERS, sosIds);
    return {
      events: (await of(EVENTS, sosIds)).map(storedEvent),
      statuses: new Map((await of(STATUSES, sosIds)).map((row) => [String(row.id), String(row.status)])),
      offers: offers.reduce((sum, row) => sum + Number(row.offers), 0),
      expiredOffers: offers.reduce((sum, row) => sum + Number(row.expired), 0),
      rejections: new Set((await of(REJECTIONS, sosIds)).map((row) => `${row.sos_id}/${row.volunteer_id}`)),
      messageIds: new Set((await of(MESSAGES, sosIds)).map((row) => String(row.id))),
      fixes: fixesByPerson(await of(POSITIONS, responderIds), await of(REFUSED, responderIds)),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

type Row = Readonly<Record<string, unknown>>;

const EVENTS = `
  select stream_id as sos_id, seq::float8 as seq, type, actor_id, extract(epoch from at)::float8 * 1000 as at_ms, data
    from journal.events where kind = 'sos' and stream_id = any($1::uuid[])`;
const STATUSES = 'select id, status from dispatch.sos_requests where id = any($1::uuid[])';
const OFFERS = `
  select count(*)::int as offers, (count(*) filter (where status = 'EXPIRED'))::int as expired
    from dispatch.sos_offers where sos_id = any($1::uuid[])`;
const REJECTIONS = 'select sos_id, volunteer_id from dispatch.sos_rejections where sos_id = any($1::uuid[])';
const MESSAGES = 'select id from dispatch.chat_messages where sos_id = any($1::uuid[])';
const POSITIONS = `
  select user_id, count(*)::int as positions, count(distinct (device_id, epoch, seq))::int as distinct_positions,
         (count(*) filter (where late))::int as late
    from telemetry.positions where user_id = any($1::uuid[]) group by user_id`;
const REFUSED = `
  select user_id, reason, sum(fixes)::float8 as fixes
    from telemetry.refused_fixes where user_id = any($1::uuid[]) group by user_id, reason`;

async function inChunks(client: pg.Client, text: string, ids: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const answer = await client.query<Row>(text, [ids.slice(from, from + IDS_AT_ONCE)]);
    rows.push(...answer.rows);
  }
  return rows;
}

function storedEvent(row: Row): StoredEvent {
  return {
    sosId: String(row.sos_id),
    seq: Number(row.seq),
    type: String(row.type),
    atMs: Math.floor(Number(row.at_ms)),
    actorId: row.actor_id === null ? null : String(row.actor_id),
    data: (row.data ?? {}) as Readonly<Record<string, unknown>>,
  };
}

function fixesByPerson(positions: readonly Row[], refused: readonly Row[]): Map<string, StoredFixes> {
  const byPerson = new Map<string, StoredFixes>();
  for (const row of positions) {
    byPerson.set(String(row.user_id), {
      positions: Number(row.positions),
      distinct: Number(row.distinct_positions),
      late: Number(row.late),
      refused: {},
    });
  }
  for (const row of refused) {
    const userId = String(row.user_id);
    const known = byPerson.get(userId) ?? { positions: 0, distinct: 0, late: 0, refused: {} };
    const reasons = { ...known.refused, [String(row.reason)]: Number(row.fixes) };
    byPerson.set(userId, { ...known, refused: reasons });
  }
  return byPerson;
}
