import { type Db, sql } from '../store/db.ts';

const SILENT = sql(
  'dispatch_silent_offers',
  `select o.id from unnest($1::uuid[], $2::uuid[]) as asked (sos_id, id)
     join dispatch.sos_offers o on o.sos_id = asked.sos_id and o.id = asked.id
    where o.status = 'OPEN' and o.delivered_at is null and o.expires_at > now()`,
);

/** Which of these offers are open, and on no device that has said so. */
export const silentOffers =
  (db: Db) =>
  async (
    offers: readonly { readonly sosId: string; readonly offerId: string }[],
  ): Promise<ReadonlySet<string>> => {
    const rows = await db.query<{ id: string }>(SILENT, [
      offers.map(({ sosId }) => sosId),
      offers.map(({ offerId }) => offerId),
    ]);
    return new Set(rows.map(({ id }) => id));
  };
