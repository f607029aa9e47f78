import { must } from '../lib/assert.ts';
import { type Db, sql } from '../store/db.ts';
import type { PresenceRow } from './elsewhere.ts';

// Rows of nodes that have not beaten for a minute are nobody's, and who was gone that long needs no row.
const BEAT = sql(
  'journal_node_beat',
  `with beat as (
     insert into journal.nodes (id) values ($1)
     on conflict (id) do update set beat_at = clock_timestamp())
   select id as "nodeId", extract(epoch from clock_timestamp() - beat_at) * 1000 as "ageMs"
     from journal.nodes`,
);
const SWEEP = sql(
  'journal_sweep_nodes',
  `with gone as (delete from journal.nodes where beat_at < now() - interval '1 minute' returning id)
   delete from dispatch.presence p using gone where p.node_id = gone.id`,
);
const LEAVE = sql('journal_node_leaves', 'delete from journal.nodes where id = $1');
// What was under way when somebody was erased is not written behind it.
const WRITE = sql(
  'dispatch_write_presence',
  `insert into dispatch.presence as p (user_id, node_id, version, connections, lat, lng, located_at)
   select r.user_id, $1, r.version, r.connections, r.lat, r.lng, r.located_at
     from unnest($2::uuid[], $3::bigint[], $4::int[], $5::float8[], $6::float8[], $7::timestamptz[])
          as r (user_id, version, connections, lat, lng, located_at)
    where not exists (select from accounts.users u where u.id = r.user_id and u.erased_at is not null)
    order by r.user_id
   on conflict (user_id, node_id) do update set version = excluded.version, connections = excluded.connections,
     lat = excluded.lat, lng = excluded.lng, located_at = excluded.located_at, xid = pg_current_xact_id()
    where p.version < excluded.version`,
);
const CLEAR = sql('dispatch_clear_presence', 'delete from dispatch.presence where node_id = $1');
const SNAPSHOT = sql('dispatch_presence_snapshot', 'select pg_current_snapshot()::text as snapshot');
const CHANGED = sql(
  'dispatch_presence_changed',
  `select user_id, node_id, version, connections, lat, lng, located_at from dispatch.presence
    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
      and pg_visible_in_snapshot(xid, $2::pg_snapshot)`,
);
/** Before everything. */
const NEVER = '3:3:';

interface Row {
  readonly user_id: string;
  readonly node_id: string;
  readonly version: number;
  readonly connections: number;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly located_at: number | null;
}

/** Which nodes there are and who is connected to which, by the store: what stands in for Redis. */
export function pgPresence(db: Db) {
  let told = NEVER;
  return {
    async beat(nodeId: string): Promise<{ ages: ReadonlyMap<string, number>; isNew: boolean }> {
      const rows = await db.query<{ nodeId: string; ageMs: number }>(BEAT, [nodeId]);
      await db.query(SWEEP);
      // What a statement writes it does not see itself.
      const isNew = !rows.some((row) => row.nodeId === nodeId);
      const others = rows.filter((row) => row.nodeId !== nodeId);
      return { ages: new Map(others.map((row) => [row.nodeId, Math.max(0, Number(row.ageMs))])), isNew };
    },

    async leave(nodeId: string): Promise<void> {
      await db.query(LEAVE, [nodeId]);
    },

    async write(nodeId: string, rows: readonly PresenceRow[]): Promise<void> {
      await db.query(WRITE, [
        nodeId,
        rows.map(({ userId }) => userId),
        rows.map(({ version }) => version),
        rows.map(({ connections }) => connections),
        rows.map(({ point }) => point?.lat ?? null),
        rows.map(({ point }) => point?.lng ?? null),
        rows.map(({ locatedAtMs }) => (locatedAtMs === null ? null : new Date(locatedAtMs))),
      ]);
    },

    async clear(nodeId: string): Promise<void> {
      await db.query(CLEAR, [nodeId]);
    },

    startOver(): void {
      told = NEVER;
    },

    async changed(): Promise<readonly (readonly [string, PresenceRow])[]> {
      const [now] = await db.query<{ snapshot: string }>(SNAPSHOT);
      const upTo = must(now, 'a row of a select without a table').snapshot;
      const rows = await db.query<Row>(CHANGED, [told, upTo]);
      told = upTo;
      return rows.map((row) => [
        row.node_id,
        {
          userId: row.user_id,
          version: Number(row.version),
          connections: row.connections,
          point: row.lat === null || row.lng === null ? null : { lat: row.lat, lng: row.lng },
          locatedAtMs: row.located_at,
        },
      ]);
    },
  };
}
