import { isUuid } from '../lib/ids.ts';
import { ok, refused } from '../lib/result.ts';
import type { Sql, Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import { STANDING, type StandingRow } from './sql/grants.ts';
import { CONTACTS, type ContactRow, LOCK_USER } from './sql/users.ts';
import {
  INSERT_VOLUNTEER,
  LIST,
  PAGE,
  RATINGS,
  SET_AVAILABLE,
  STAND_DOWN,
  STATE,
  TOUCH,
  VERIFY,
  type VolunteerRow,
  type VolunteerStateRow,
} from './sql/volunteers.ts';
import { allowed } from './standing.ts';
import { type Accounts, type Grant, PAGE_MAX, type Rating, type VolunteerState } from './types.ts';

/** Whether the grants let somebody help, and so be on duty. */
export const mayHelp = (grants: readonly Grant[]): boolean =>
  grants.includes('volunteer') || grants.includes('professional');

/** Enters somebody as one who helps, unless already entered. Not verified, not available. */
export const enrol = (
  context: Context,
  tx: Tx,
  userId: string,
  skills: readonly string[],
): Promise<boolean> => change(context, tx, INSERT_VOLUNTEER, [userId, [...new Set(skills)]]);

/** Takes somebody off duty who may no longer help. (Invariant 4.) */
export const standDown = (context: Context, tx: Tx, userId: string): Promise<boolean> =>
  change(context, tx, STAND_DOWN, [userId]);

/** Tells of somebody whose duty, certificates or verification changed, if they help at all. Under the user's lock. */
export const volunteerChanged = (context: Context, tx: Tx, userId: string): Promise<boolean> =>
  change(context, tx, TOUCH, [userId]);

/** Runs a statement on one volunteer and tells of the new state after commit; false when no row was touched. */
async function change(
  { tellVolunteer }: Context,
  tx: Tx,
  statement: Sql,
  params: readonly unknown[],
): Promise<boolean> {
  const [touched] = await tx.query<{ user_id: string }>(statement, params);
  if (!touched) return false;
  const [row] = await tx.query<VolunteerStateRow>(STATE, [touched.user_id]);
  if (row) tx.afterCommit(() => tellVolunteer(stateOf(row)));
  return true;
}

export const stateOf = (row: VolunteerStateRow): VolunteerState => ({
  userId: row.user_id,
  skills: row.skills,
  verified: row.verified,
  available: row.available,
  asOfMs: row.updated_at,
  duty: {
    timezone: row.timezone,
    shifts: row.shifts,
    quietHours:
      row.quiet_from_min === null || row.quiet_to_min === null
        ? null
        : { fromMin: row.quiet_from_min, toMin: row.quiet_to_min },
    restAfterAlertMs: row.rest_after_alert_min * MINUTE_MS,
    certificates: row.certificates,
  },
});

const MINUTE_MS = 60_000;

const pageSize = (limit: number) => Math.max(1, Math.min(PAGE_MAX, Math.floor(limit)));

export function openVolunteers(
  context: Context,
): Pick<
  Accounts,
  'setAvailable' | 'verifyVolunteer' | 'listVolunteers' | 'volunteersPage' | 'contactOf' | 'ratingsOf'
> {
  const { db } = context;
  return {
    async setAvailable(userId, available) {
      if (!isUuid(userId)) return refused('forbidden');
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [userId]);
        const [standing] = await tx.query<StandingRow>(STANDING, [userId]);
        if (standing?.status !== 'active' || !mayHelp(standing.grants)) return refused('forbidden');
        await change(context, tx, SET_AVAILABLE, [userId, available]);
        return ok(null);
      });
    },

    async verifyVolunteer(by, userId) {
      if (!(await allowed(context, by, 'verify', 'volunteers'))) return refused('forbidden');
      if (!isUuid(userId)) return refused('not_found');
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [userId]);
        const found = await change(context, tx, VERIFY, [userId, by.userId]);
        return found ? ok(null) : refused('not_found');
      });
    },

    async listVolunteers(by, { verified, after, limit }) {
      if (!(await allowed(context, by, 'list', 'volunteers'))) return refused('forbidden');
      // Nothing comes after a person who can't exist.
      if (after !== undefined && !isUuid(after)) return ok([]);
      const rows = await db.query<VolunteerRow>(LIST, [verified ?? null, after ?? null, pageSize(limit)]);
      return ok(rows.map(({ user_id, ...rest }) => ({ userId: user_id, ...rest })));
    },

    async volunteersPage(afterUserId, limit) {
      return (await db.query<VolunteerStateRow>(PAGE, [afterUserId, pageSize(limit)])).map(stateOf);
    },

    async contactOf(userIds) {
      const rows = await db.query<ContactRow>(CONTACTS, [userIds.filter(isUuid)]);
      return new Map(rows.map(({ id, name, phone }) => [id, { name, phone }]));
    },

    async ratingsOf(userIds) {
      const rows = await db.query<Rating & { user_id: string }>(RATINGS, [userIds.filter(isUuid)]);
      return new Map(rows.map(({ user_id, ...rating }) => [user_id, rating]));
    },
  };
}
