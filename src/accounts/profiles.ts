import { isUuid } from '../lib/ids.ts';
import { ok, refused } from '../lib/result.ts';
import type { Queryable, Tx } from '../store/db.ts';
import { emergencyContactsOf, replaceEmergencyContacts } from './emergency-contacts.ts';
import { phoneOf } from './normal-form.ts';
import type { PeopleContext } from './people-context.ts';
import { professionalOf } from './professionals.ts';
import type { HeldGrant, ProfilePatch, Profiles, ProfileView } from './profile-types.ts';
import { LOCK_ADMINS, OTHER_ADMIN_EXISTS } from './sql/grants.ts';
import {
  DEACTIVATE,
  HELD_GRANTS,
  type HeldGrantRow,
  PROFILE,
  type ProfileRow,
  SAVE_PROFILE,
} from './sql/profiles.ts';
import { LOCK_USER } from './sql/users.ts';
import { allowed, grantsOf, standingChanged } from './standing.ts';
import type { Grant } from './types.ts';
import { standDown, volunteerChanged } from './volunteers.ts';

/** Everything about one person but how they prove who they are; null when there is nobody of that id. */
export async function profileOf(db: Queryable, userId: string): Promise<ProfileView | null> {
  const [row] = await db.query<ProfileRow>(PROFILE, [userId]);
  if (!row) return null;
  const held = await db.query<HeldGrantRow>(HELD_GRANTS, [userId]);
  return {
    userId: row.id,
    email: row.email,
    emailVerifiedAtMs: row.email_verified_at,
    phoneVerifiedAtMs: row.phone_verified_at,
    status: row.status,
    name: row.name,
    phone: row.phone,
    address: row.address,
    photoUrl: row.photo_url,
    language: row.language ?? 'en',
    timezone: row.timezone ?? 'UTC',
    notifications: {
      push: row.notify_push ?? true,
      sms: row.notify_sms ?? false,
      email: row.notify_email ?? true,
    },
    doctorName: row.doctor_name,
    doctorPhone: row.doctor_phone,
    createdAtMs: row.created_at,
    lastSignInAtMs: row.last_sign_in_at,
    grants: held.map(heldGrant),
    emergencyContacts: await emergencyContactsOf(db, userId),
    professional: await professionalOf(db, userId),
    volunteer: row.skills && {
      skills: row.skills,
      verified: row.verified === true,
      available: row.available === true,
    },
  };
}

const heldGrant = (row: HeldGrantRow): HeldGrant => ({
  grant: row.grant_name as Grant,
  scopeId: row.scope_id,
});

export function openProfiles(context: PeopleContext): Profiles {
  const { db } = context;

  const save = async (tx: Tx, was: ProfileView, patch: ProfilePatch): Promise<void> => {
    const is = { ...was, ...stated(patch) };
    const notifications = { ...was.notifications, ...stated(patch.notifications ?? {}) };
    const phone = patch.phone === undefined ? was.phone : phoneOf(patch.phone ?? undefined);
    await tx.query(SAVE_PROFILE, [
      was.userId,
      is.name?.trim() ?? was.name,
      phone,
      is.address,
      is.doctorName,
      is.doctorPhone,
      is.language,
      is.timezone,
      notifications.push,
      notifications.sms,
      notifications.email,
    ]);
    if (patch.emergencyContacts) await replaceEmergencyContacts(tx, was.userId, patch.emergencyContacts);
    // Quiet hours and expiry dates go by the person's time zone.
    if (is.timezone !== was.timezone) await volunteerChanged(context, tx, was.userId);
  };

  return {
    async me(by) {
      const profile = await profileOf(db, by.userId);
      return profile ? ok(profile) : refused('not_found');
    },

    async changeMe(by, patch) {
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        const was = await profileOf(tx, by.userId);
        if (!was) return refused('not_found');
        await save(tx, was, patch);
        const is = await profileOf(tx, by.userId);
        return is ? ok(is) : refused('not_found');
      });
    },

    async userById(by, userId) {
      if (!(await allowed(context, by, 'read', 'account'))) return refused('forbidden');
      const profile = isUuid(userId) ? await profileOf(db, userId) : null;
      return profile ? ok(profile) : refused('not_found');
    },

    async deactivateMe(by) {
      const isAdmin = (await grantsOf(context, by.userId)).includes('admin');
      return db.transaction(async (tx) => {
        await tx.query(LOCK_ADMINS);
        await tx.query(LOCK_USER, [by.userId]);
        if (isAdmin && !(await otherAdmin(tx, by.userId))) {
          return refused('forbidden', 'the last administrator stays one');
        }
        const [gone] = await tx.query(DEACTIVATE, [by.userId]);
        if (!gone) return refused('not_found');
        await standDown(context, tx, by.userId);
        await context.endSessions(tx, by.userId);
        await standingChanged(context, tx, by.userId);
        return ok(null);
      });
    },
  };
}

/** Without what was not stated, so that it does not overwrite what is. */
function stated<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

async function otherAdmin(tx: Tx, userId: string): Promise<boolean> {
  const [row] = await tx.query<{ exists: boolean }>(OTHER_ADMIN_EXISTS, [userId]);
  return row?.exists === true;
}
