import { must } from '../lib/assert.ts';
import type { SpentRow } from '../lib/spending.ts';
import { type Db, sql } from '../store/db.ts';

const WRITE = sql(
  'journal_write_spent',
  `insert into journal.spent (node_id, kind, key, amount)
   select $1, kind, key, amount from unnest($2::text[], $3::text[], $4::int[]) as s (kind, key, amount)`,
);
const FORGET = sql(
  'journal_forget_spent',
  `delete from journal.spent where at < now() - interval '10 seconds'`,
);
const SNAPSHOT = sql('journal_spent_snapshot', 'select pg_current_snapshot()::text as snapshot');
const CHANGED = sql(
  'journal_spent_changed',
  `select kind, key, amount from journal.spent
    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
      and pg_visible_in_snapshot(xid, $2::pg_snapshot) and node_id <> $3`,
);

/** What nodes spent of what is limited, by the store: what stands in for Redis. */
export function pgSpent(db: Db) {
  let told: string | null = null;
  return {
    async write(nodeId: string, rows: readonly SpentRow[]): Promise<void> {
      await db.query(FORGET);
      await db.query(WRITE, [
        nodeId,
        rows.map(([kind]) => kind),
        rows.map(([, key]) => key),
        rows.map(([, , amount]) => amount),
      ]);
    },

    async changed(nodeId: string): Promise<readonly SpentRow[]> {
      const [now] = await db.query<{ snapshot: string }>(SNAPSHOT);
      const upTo = must(now, 'a row of a select without a table').snapshot;
      const rows =
        told === null
          ? []
          : await db.query<{ kind: string; key: string; amount: number }>(CHANGED, [told, upTo, nodeId]);
      told = upTo;
      return rows.map(({ kind, key, amount }) => [kind, key, amount]);
    },
  };
}
