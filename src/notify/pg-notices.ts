import { append, type LogEvent } from '../journal/event-log.ts';
import type { Metrics } from '../lib/metric.ts';
import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import { NOTICE_TITLES, type Notice, type NoticeKind } from './occasions.ts';
import type { NewDelivery } from './pg.ts';

/** Kept of one person; the oldest go first, and are counted. */
export const NOTICES_MAX = 1_000;
/** Sent to one person over one channel in an hour; what is more is in the program only, and counted. */
export const SENT_AN_HOUR = 20;
/** Likewise of pushes, of which each browser gets one. */
const PUSHED_AN_HOUR = 60;
const HOUR_S = 3_600;
/** A mail of yesterday still says that there is something. */
const LIFE_MS = 24 * 3_600_000;
const PAGE_USUAL = 50;

const ADD = sql(
  'notices_add',
  `insert into care.notifications (id, user_id, kind, title, about_type, about_id)
   select n.id, n.user_id, n.kind, n.title, n.about_type, n.about_id
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[])
            as n (id, user_id, kind, title, about_type, about_id)
   returning created_at`,
);
const TRIM = sql(
  'notices_trim',
  `delete from care.notifications where id in
     (select id from care.notifications where user_id = $1 order by id desc offset $2) returning id`,
);
const SENT_LATELY = sql(
  'notices_sent_lately',
  `select user_id, channel, count(1)::int as sent from journal.deliveries
    where user_id = any($1::uuid[]) and created_at > now() - make_interval(secs => $2) group by user_id, channel`,
);
const LIST = sql(
  'notices_list',
  `select id, kind, title, about_type, about_id, created_at, read_at from care.notifications
    where user_id = $1 and ($2::uuid is null or id < $2) and (not $3::boolean or read_at is null)
    order by id desc limit $4`,
);
const UNREAD = sql(
  'notices_unread',
  'select count(1)::int as unread from care.notifications where user_id = $1 and read_at is null',
);
const READ = sql(
  'notices_read',
  `update care.notifications set read_at = clock_timestamp()
    where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2)) returning id`,
);

/** An address that was proved, over a channel that its person wants and this installation has. */
export interface Way {
  readonly userId: string;
  readonly channel: 'email' | 'sms';
  readonly recipient: string;
}

export interface NoticeOptions {
  readonly newId: () => string;
  readonly metrics: Metrics;
  /** Where people sign in; null: nobody said. */
  readonly publicUrl: string | null;
  readonly reach: (tx: Queryable, userIds: readonly string[]) => Promise<readonly Way[]>;
  readonly deliver: (tx: Tx, message: NewDelivery) => Promise<void>;
  /** Wakes the browsers of those who want that. */
  readonly wake: (
    tx: Tx,
    notices: readonly { readonly userId: string; readonly notificationId: string }[],
  ) => Promise<void>;
  /** Tells open pages, after commit. Must not throw. */
  readonly publish: (event: LogEvent) => void;
}

/**
 * Writes down, in the transaction of what causes it, that people are told something: in the program, live on their inbox, and
 * over the channels that each of them wants. What goes out says that there is something and never what.
 */
export function noticeWriter(options: NoticeOptions) {
  const { newId, metrics, wake, publish } = options;
  return async (tx: Tx, notices: readonly Notice[]): Promise<void> => {
    if (notices.length === 0) return;
    const rows = notices.map((notice) => ({ ...notice, notificationId: newId() }));
    const [added] = await tx.query<{ created_at: number }>(ADD, [
      rows.map(({ notificationId }) => notificationId),
      rows.map(({ userId }) => userId),
      rows.map(({ kind }) => kind),
      rows.map(({ kind }) => NOTICE_TITLES[kind]),
      rows.map(({ about }) => about?.type ?? null),
      rows.map(({ about }) => about?.id ?? null),
    ]);
    const userIds = [...new Set(rows.map(({ userId }) => userId))].sort();
    for (const userId of userIds) await trim(tx, userId, metrics);
    const held = await sendOut(tx, options, userIds);
    await wake(
      tx,
      rows.filter(({ userId }) => !held.has(userId)),
    );
    // Last, since an SOS that is offered to one of them waits for their inbox from here to the commit.
    const events = await append(
      tx,
      added?.created_at ?? 0,
      rows.map(({ userId, notificationId, kind, about }) => ({
        kind: 'inbox' as const,
        streamId: userId,
        type: 'notification.created',
        actorId: null,
        data: { notificationId, kind, about },
      })),
    );
    tx.afterCommit(() => {
      for (const { kind } of rows) metrics.count('notifications', { kind });
      for (const event of events) publish(event);
    });
  };
}

async function trim(tx: Tx, userId: string, metrics: Metrics): Promise<void> {
  const gone = await tx.query(TRIM, [userId, NOTICES_MAX]);
  if (gone.length > 0)
    tx.afterCommit(() => metrics.count('notifications_dropped', { reason: 'too_many' }, gone.length));
}

/** One message to each person and channel, however much there is. Answers who was woken often enough. */
async function sendOut(
  tx: Tx,
  options: NoticeOptions,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { deliver, metrics, publicUrl, reach } = options;
  const ways = await reach(tx, userIds);
  const lately = await tx.query<{ user_id: string; channel: string; sent: number }>(SENT_LATELY, [
    userIds,
    HOUR_S,
  ]);
  const sentTo = new Map(lately.map(({ user_id, channel, sent }) => [`${channel} ${user_id}`, sent]));
  for (const way of ways) {
    const { userId, channel } = way;
    if ((sentTo.get(`${channel} ${userId}`) ?? 0) < SENT_AN_HOUR)
      await deliver(tx, { ...way, ...wordsFor(publicUrl), lifeMs: LIFE_MS });
    else tx.afterCommit(() => metrics.count('notifications_held_back', { channel }));
  }
  const held = userIds.filter((userId) => (sentTo.get(`push ${userId}`) ?? 0) >= PUSHED_AN_HOUR);
  if (held.length > 0)
    tx.afterCommit(() => metrics.count('notifications_held_back', { channel: 'push' }, held.length));
  return new Set(held);
}

/** Mail servers, carriers and locked screens read along: nothing of anybody's health, nor what kind of thing it is. */
const wordsFor = (publicUrl: string | null) => ({
  subject: 'There is something new for you in Muster',
  body: `There is something new for you in Muster. Sign in to see it${publicUrl === null ? '.' : `: ${publicUrl}`}\n`,
});

export interface NotificationView {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly about: { readonly type: string; readonly id: string } | null;
  readonly createdAtMs: number;
  readonly readAtMs: number | null;
}

export interface NotificationPage {
  readonly notifications: readonly NotificationView[];
  /** `before` of the next page; null: there is none. */
  readonly next: string | null;
  /** Of all. */
  readonly unread: number;
}

/** What people ask of what they were told: each of their own. */
export interface NotificationDesk {
  /** The newest first. */
  list(
    userId: string,
    asked: { readonly before: string | null; readonly unreadOnly: boolean; readonly limit: number | null },
  ): Promise<NotificationPage>;
  /** These, or all; others' are left as they are. Answers how many are unread then. */
  read(userId: string, ids: readonly string[] | null): Promise<{ readonly unread: number }>;
}

interface Row {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly about_type: string | null;
  readonly about_id: string | null;
  readonly created_at: number;
  readonly read_at: number | null;
}

const viewOf = ({ id, kind, title, about_type: type, about_id, created_at, read_at }: Row) => ({
  id,
  kind,
  title,
  about: type === null || about_id === null ? null : { type, id: about_id },
  createdAtMs: created_at,
  readAtMs: read_at,
});

export function notificationDesk(db: Db): NotificationDesk {
  const unreadOf = async (over: Queryable, userId: string) =>
    (await over.query<{ unread: number }>(UNREAD, [userId]))[0]?.unread ?? 0;
  return {
    async list(userId, { before, unreadOnly, limit }) {
      const most = limit ?? PAGE_USUAL;
      const rows = await db.query<Row>(LIST, [userId, before, unreadOnly, most + 1]);
      const shown = rows.slice(0, most);
      const next = rows.length > most ? (shown.at(-1)?.id ?? null) : null;
      return { notifications: shown.map(viewOf), next, unread: await unreadOf(db, userId) };
    },
    async read(userId, ids) {
      await db.query(READ, [userId, ids]);
      return { unread: await unreadOf(db, userId) };
    },
  };
}
