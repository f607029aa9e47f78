import { derivedId } from '../../lib/derived-id.ts';
import { sql, type Tx } from '../../store/db.ts';
import { browsersOf } from './pg-subscriptions.ts';

/** How long a device has to say that it has an offer before its person is woken. */
export const PUSH_AFTER_MS = 2_000;

/** An offer, as far as it is pushed. */
export interface PushedOffer {
  readonly sosId: string;
  readonly offerId: string;
  readonly responderId: string;
  readonly expiresAtMs: number;
}

const ADD = sql(
  'push_add',
  `insert into journal.deliveries (id, user_id, channel, recipient, subject, body, due_at, expires_at)
   select d.id, d.user_id, 'push', d.recipient, '', d.body, now() + make_interval(secs => $5), d.expires_at
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $6::timestamptz[])
            as d (id, user_id, recipient, body, expires_at)
   on conflict (id) do nothing`,
);

/**
 * Writes down, in the transaction that decided on offers, which browsers are to be told of them, in case no device says
 * in time that it has them. Once for each offer and browser, whoever does it and however often. Answers whether there is any.
 */
export async function keepPushes(tx: Tx, offers: readonly PushedOffer[]): Promise<boolean> {
  if (offers.length === 0) return false;
  const browsers = await browsersOf(
    tx,
    offers.map(({ responderId }) => responderId),
  );
  if (browsers.length === 0) return false;
  const rows = browsers.flatMap(({ id, user_id }) =>
    offers
      .filter(({ responderId }) => responderId === user_id)
      .map((offer) => ({ id: derivedId('push', offer.offerId, id), browserId: id, offer })),
  );
  await tx.query(ADD, [
    rows.map(({ id }) => id),
    rows.map(({ offer }) => offer.responderId),
    rows.map(({ browserId }) => browserId),
    rows.map(({ offer }) => JSON.stringify(offer)),
    PUSH_AFTER_MS / 1_000,
    rows.map(({ offer }) => new Date(offer.expiresAtMs)),
  ]);
  return true;
}
