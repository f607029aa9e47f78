import pg from 'pg';

export interface StoredEvent {
  /** `sos:<id>`, `chat:<id>` or `inbox:<id>`. */
  readonly stream: string;
  readonly seq: number;
  readonly type: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoredSos {
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  readonly status: string;
  readonly acceptedBy: string | null;
  readonly seq: number;
}

/** One numbering of one device. */
export interface StoredDevice {
  readonly deviceId: string;
  readonly epoch: string;
  /** Up to this number everything was stored or refused. */
  readonly cursor: number;
  readonly rows: number;
  readonly distinctRows: number;
  readonly highestSeq: number;
}

/** What the database holds. */
export interface Stored {
  /** `user id/command id` of each command whose answer is kept. */
  readonly commands: ReadonlySet<string>;
  readonly sos: readonly StoredSos[];
  /** Who holds what, from the slots and from the table that keeps one person to one slot. */
  readonly holders: readonly { readonly sosId: string; readonly userId: string }[];
  readonly events: readonly StoredEvent[];
  /** The highest number of each stream, as the stream itself says. */
  readonly heads: ReadonlyMap<string, number>;
  readonly messages: readonly {
    readonly id: string;
    readonly sosId: string;
    readonly senderId: string;
    readonly text: string;
  }[];
  readonly devices: readonly StoredDevice[];
  /** Fixes counted but not kept, by device. */
  readonly refused: ReadonlyMap<string, number>;
  /** Volunteers on duty. */
  readonly onDuty: ReadonlySet<string>;
}

/** Reads everything with plain SQL and nothing of the engine. */
export async function readStored(config: pg.ClientConfig): Promise<Stored> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 30_000, query_timeout: 60_000 });
  // A connection that breaks between two statements emits here; the next statement then rejects.
  client.on('error', () => {});
  await client.connect();
  try {
    const rows = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows;
    const keys = async (text: string) => new Set((await rows<{ key: string }>(text)).map(({ key }) => key));
    const numbers = async (text: string) =>
      new Map((await rows<{ key: string; n: number }>(text)).map(({ key, n }) => [key, n]));
    return {
      commands: await keys(COMMANDS),
      sos: await rows(SOS),
      holders: await rows(HOLDERS),
      events: await rows(EVENTS),
      heads: await numbers(HEADS),
      messages: await rows(MESSAGES),
      devices: await rows(DEVICES),
      refused: await numbers(REFUSED),
      onDuty: await keys(ON_DUTY),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

const COMMANDS = `select actor_id || '/' || command_id as key from journal.commands`;
const SOS = `
  select id, client_id as "clientId", user_id as "userId", status, accepted_by as "acceptedBy", seq::float8 as seq
    from dispatch.sos_requests`;
const HOLDERS = `
  select sos_id as "sosId", user_id as "userId" from dispatch.holders
   union
  select sos_id, holder_id from dispatch.sos_slots where holder_id is not null`;
const EVENTS = `
  select kind || ':' || stream_id as stream, seq::float8 as seq, type,
         (extract(epoch from at) * 1000)::float8 as "atMs", data
    from journal.events`;
const HEADS = `select kind || ':' || stream_id as key, head::float8 as n from journal.streams`;
const MESSAGES = `
  select id, sos_id as "sosId", sender_id as "senderId", content as text from dispatch.chat_messages`;
const DEVICES = `
  select c.device_id as "deviceId", c.epoch, c.seq::float8 as cursor, count(p.seq)::float8 as rows,
         count(distinct p.seq)::float8 as "distinctRows", coalesce(max(p.seq), 0)::float8 as "highestSeq"
    from telemetry.device_cursors c
    left join telemetry.positions p using (user_id, device_id, epoch)
   where c.lane = 'telemetry'
   group by c.device_id, c.epoch, c.seq`;
const REFUSED = `
  select device_id::text as key, sum(fixes)::float8 as n from telemetry.refused_fixes group by device_id`;
const ON_DUTY = 'select user_id::text as key from accounts.volunteers where available';
