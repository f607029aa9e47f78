import { type Db, sql, type Tx } from '../store/db.ts';
import type { Channel, OutgoingMessage } from './types.ts';

const ADD = sql(
  'notify_add_delivery',
  `insert into journal.deliveries (id, user_id, channel, recipient, subject, body, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))`,
);

/** Puts each claimed row off by $3, so that a node that dies with it leaves it to the next. */
const CLAIM = sql(
  'notify_claim_deliveries',
  `with due as materialized (
     select id from journal.deliveries
      where state = 'pending' and due_at <= now() and expires_at > now() and channel = any($1::text[])
      order by due_at
      limit $2
        for update skip locked)
   update journal.deliveries d
      set attempts = d.attempts + 1, due_at = now() + make_interval(secs => $3)
     from due
    where d.id = due.id
   returning d.id, d.channel, d.recipient, d.subject, d.body, d.attempts`,
);

const FINISH = sql(
  'notify_finish_delivery',
  `update journal.deliveries
      set state = $2, last_error = $3, finished_at = now(), recipient = null, subject = null, body = null
    where id = $1 and state = 'pending'`,
);

const PUT_OFF = sql(
  'notify_put_off_delivery',
  `update journal.deliveries set due_at = now() + make_interval(secs => $2), last_error = $3
    where id = $1 and state = 'pending'`,
);

const EXPIRE = sql(
  'notify_expire_deliveries',
  `update journal.deliveries
      set state = 'dead', last_error = coalesce(last_error, 'expired'), finished_at = now(),
          recipient = null, subject = null, body = null
    where state = 'pending' and expires_at <= now()
   returning id`,
);

const WAITING = sql(
  'notify_waiting_deliveries',
  `select channel, count(1)::int as waiting from journal.deliveries
    where state = 'pending' and not channel = any($1::text[]) group by channel order by channel`,
);

export interface NewDelivery {
  readonly userId: string | null;
  readonly channel: Channel;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly lifeMs: number;
}

/** Writes messages down in the transaction of whoever decides that they are sent. */
export const deliveryWriter =
  (newId: () => string) =>
  async (tx: Tx, message: NewDelivery): Promise<void> => {
    const { userId, channel, recipient, subject, body, lifeMs } = message;
    await tx.query(ADD, [newId(), userId, channel, recipient, subject, body, lifeMs / 1_000]);
  };

export interface Claimed<C extends string = Channel> extends OutgoingMessage {
  readonly channel: C;
  /** This one counted. */
  readonly attempts: number;
}

/** The rows that wait to be sent. */
export function pgDeliveries(db: Db) {
  return {
    claim: <C extends string>(channels: readonly C[], limit: number, leaseMs: number) =>
      db.query<Claimed<C>>(CLAIM, [channels, limit, leaseMs / 1_000]),
    finish: (id: string, state: 'sent' | 'dead', error: string | null) =>
      db.query(FINISH, [id, state, error]),
    putOff: (id: string, waitMs: number, error: string) => db.query(PUT_OFF, [id, waitMs / 1_000, error]),
    /** Gives up what nobody needs any more. */
    expire: async () => (await db.query(EXPIRE)).length,
    /** What waits on channels other than these. */
    waiting: (channels: readonly string[]) =>
      db.query<{ channel: Channel; waiting: number }>(WAITING, [channels]),
  };
}

export type Deliveries = ReturnType<typeof pgDeliveries>;
