import { type Db, type Queryable, sql } from '../../store/db.ts';
import type { Browser } from './web-push.ts';

/** Of one person at most; the one that was renewed longest ago goes first. */
export const MOST_BROWSERS = 10;

const OF_USER = sql(
  'push_of_user',
  `select id, endpoint, name, created_at, renewed_at from care.push_subscriptions
    where user_id = $1 order by created_at, id`,
);
const OF_USERS = sql(
  'push_of_users',
  'select id, user_id from care.push_subscriptions where user_id = any($1::uuid[]) order by id',
);
const BY_IDS = sql(
  'push_by_ids',
  'select id, endpoint, p256dh, auth from care.push_subscriptions where id = any($1::uuid[])',
);
/** A browser that somebody else signs in on is theirs from then on. */
const PUT = sql(
  'push_put',
  `insert into care.push_subscriptions as s (id, user_id, endpoint, p256dh, auth, name) values ($1, $2, $3, $4, $5, $6)
   on conflict (endpoint) do update set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
     name = excluded.name, renewed_at = now(),
     created_at = case when s.user_id = excluded.user_id then s.created_at else now() end
   returning id, endpoint, name, created_at, renewed_at`,
);
const TRIM = sql(
  'push_trim',
  `delete from care.push_subscriptions where id in
     (select id from care.push_subscriptions where user_id = $1 order by renewed_at desc, id desc offset $2)`,
);
const REMOVE = sql(
  'push_remove',
  'delete from care.push_subscriptions where user_id = $1 and id = $2 returning id',
);
const FORGET = sql('push_forget', 'delete from care.push_subscriptions where id = $1');

interface Row {
  id: string;
  endpoint: string;
  name: string | null;
  created_at: number;
  renewed_at: number;
}

/** A browser as its person sees it. The address itself is a secret of that browser. */
export interface BrowserView {
  readonly id: string;
  readonly name: string | null;
  /** Who carries the messages. */
  readonly service: string;
  readonly createdAtMs: number;
  readonly renewedAtMs: number;
}

export interface NewBrowser extends Browser {
  readonly id: string;
  readonly userId: string;
  readonly name: string | null;
}

const viewOf = ({ id, endpoint, name, created_at, renewed_at }: Row): BrowserView => ({
  id,
  name,
  service: new URL(endpoint).host,
  createdAtMs: created_at,
  renewedAtMs: renewed_at,
});

export function pgSubscriptions(db: Db) {
  return {
    of: async (userId: string) => (await db.query<Row>(OF_USER, [userId])).map(viewOf),

    put: ({ id, userId, endpoint, p256dh, auth, name }: NewBrowser) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<Row>(PUT, [id, userId, endpoint, p256dh, auth, name]);
        await tx.query(TRIM, [userId, MOST_BROWSERS]);
        if (!row) throw new Error('a subscription that was written is not there');
        return viewOf(row);
      }),

    remove: async (userId: string, id: string) => (await db.query(REMOVE, [userId, id])).length > 0,

    /** Its push service says that it is no more. */
    forget: (id: string) => db.query(FORGET, [id]),

    byIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, Browser>> => {
      const rows = await db.query<Browser & { id: string }>(BY_IDS, [ids]);
      return new Map(rows.map(({ id, endpoint, p256dh, auth }) => [id, { endpoint, p256dh, auth }]));
    },
  };
}

export type Subscriptions = ReturnType<typeof pgSubscriptions>;

/** Which browsers these people have, in the transaction of whoever asks. */
export const browsersOf = (tx: Queryable, userIds: readonly string[]) =>
  tx.query<{ id: string; user_id: string }>(OF_USERS, [userIds]);
