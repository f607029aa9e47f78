import { derivedId } from '../lib/derived-id.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Db } from '../store/db.ts';
import { emailOf } from './normal-form.ts';
import { DEVICE_OWNER } from './sql/devices.ts';
import { CREDENTIAL_BY_EMAIL, KNOWN_USER } from './sql/users.ts';

export interface ImportTarget {
  readonly userId: string;
  /** The device that it is filed under; of a person without one a made-up one, always the same. */
  readonly deviceId: string;
}

/** Whom what is imported is about, by account (e-mail address or id), by device, or by both. */
export async function importTarget(
  db: Db,
  { user, device }: { readonly user: string | null; readonly device: string | null },
): Promise<Result<ImportTarget, 'not_found'>> {
  const userId = user === null ? null : await userOf(db, user);
  if (user !== null && userId === null) return refused('not_found', 'There is no such account.');
  if (device === null) {
    return userId === null
      ? refused('not_found', 'Nobody is named.')
      : ok({ userId, deviceId: derivedId('imported', userId) });
  }
  const deviceId = device.toLowerCase();
  const [owner] = isUuid(deviceId) ? await db.query<{ user_id: string }>(DEVICE_OWNER, [deviceId]) : [];
  if (!owner) return refused('not_found', 'There is no such device.');
  if (userId !== null && userId !== owner.user_id)
    return refused('not_found', 'The device belongs to somebody else.');
  return ok({ userId: owner.user_id, deviceId });
}

async function userOf(db: Db, user: string): Promise<string | null> {
  const id = user.toLowerCase();
  const [row] = isUuid(id)
    ? await db.query<{ id: string }>(KNOWN_USER, [id])
    : await db.query<{ id: string }>(CREDENTIAL_BY_EMAIL, [emailOf(user)]);
  return row?.id ?? null;
}
