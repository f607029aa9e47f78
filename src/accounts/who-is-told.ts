import type { Queryable } from '../store/db.ts';
import { emailOf } from './normal-form.ts';
import { CHARGES, REACH, type ReachRow, WANT_PUSH, WITH_GRANT } from './sql/who-is-told.ts';

export interface ReachedBy {
  readonly userId: string;
  readonly channel: 'email' | 'sms';
  readonly recipient: string;
}

const CHARGES_MAX = 2_000;

/** Whom others have to be told of, and how: for whatever tells people of people. Rejects with `StoreUnavailable`. */
export function whoIsTold(db: Queryable, channels: readonly ReachedBy['channel'][]) {
  return {
    /** For whom somebody cares at this moment: an account each, or the patient record of somebody who has none. */
    async charges(userId: string): Promise<readonly string[]> {
      const rows = await db.query<{ id: string }>(CHARGES, [userId, CHARGES_MAX]);
      return rows.map(({ id }) => id);
    },

    /** Those with a grant, or of some people those who have it. */
    async withGrant(grant: string, limit: number, among: readonly string[] | null = null) {
      const rows = await db.query<{ id: string }>(WITH_GRANT, [grant, among, limit]);
      return rows.map(({ id }) => id);
    },

    /** Which of them want to be woken in their browsers. */
    async toBeWoken(userIds: readonly string[]): Promise<readonly string[]> {
      return (await db.query<{ id: string }>(WANT_PUSH, [userIds])).map(({ id }) => id);
    },

    /** Over channels that this installation has, addresses that were proved, and as each of them wants it. */
    async reach(userIds: readonly string[]): Promise<readonly ReachedBy[]> {
      if (userIds.length === 0 || channels.length === 0) return [];
      const rows = await db.query<ReachRow>(REACH, [userIds]);
      return rows.flatMap(({ id: userId, email, phone }) => {
        const address = email === null ? null : emailOf(email);
        const ways = [
          { userId, channel: 'email' as const, recipient: address },
          { userId, channel: 'sms' as const, recipient: phone },
        ];
        return ways.filter(
          (way): way is ReachedBy => way.recipient !== null && channels.includes(way.channel),
        );
      });
    },
  };
}
