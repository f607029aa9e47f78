import { derivedId } from '../../lib/derived-id.ts';
import { sql, type Tx } from '../../store/db.ts';
import { browsersOf } from './pg-subscriptions.ts';

/** What wakes somebody hours later only disturbs; it stands in the program. */
const LIFE_S = 600;

/** That there is something new for somebody, as far as it is pushed. */
export interface PushedNotice {
  readonly notificationId: string;
  readonly expiresInMs: number;
}

const ADD = sql(
  'push_add_notices',
  `insert into journal.deliveries (id, user_id, channel, recipient, subject, body, expires_at)
   select d.id, d.user_id, 'push', d.recipient, '', d.body, now() + make_interval(secs => $5)
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as d (id, user_id, recipient, body)
   on conflict (id) do nothing`,
);

/** Writes down, in the transaction that told people something, which of their browsers are woken. Answers whether there is any. */
export async function keepNoticePushes(
  tx: Tx,
  notices: readonly { readonly userId: string; readonly notificationId: string }[],
): Promise<boolean> {
  const browsers = await browsersOf(
    tx,
    notices.map(({ userId }) => userId),
  );
  if (browsers.length === 0) return false;
  const rows = browsers.flatMap(({ id: browserId, user_id: userId }) =>
    notices
      .filter((notice) => notice.userId === userId)
      .map(({ notificationId }) => ({
        id: derivedId('push', notificationId, browserId),
        userId,
        browserId,
        body: JSON.stringify({ notificationId, expiresInMs: LIFE_S * 1_000 } satisfies PushedNotice),
      })),
  );
  await tx.query(ADD, [
    rows.map(({ id }) => id),
    rows.map(({ userId }) => userId),
    rows.map(({ browserId }) => browserId),
    rows.map(({ body }) => body),
    LIFE_S,
  ]);
  return true;
}
