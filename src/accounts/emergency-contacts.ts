import type { Queryable, Tx } from '../store/db.ts';
import { phoneOf } from './normal-form.ts';
import {
  ADD_EMERGENCY_CONTACTS,
  DROP_EMERGENCY_CONTACTS,
  EMERGENCY_CONTACTS,
} from './sql/emergency-contacts.ts';

/** Whom to call when something happened to somebody. */
export interface EmergencyContact {
  readonly name: string;
  readonly phone: string;
  readonly relationship: string | null;
}

export const EMERGENCY_CONTACTS_MAX = 10;

/** In order of importance. */
export const emergencyContactsOf = (db: Queryable, userId: string): Promise<EmergencyContact[]> =>
  db.query<EmergencyContact>(EMERGENCY_CONTACTS, [userId]);

export async function replaceEmergencyContacts(
  tx: Tx,
  userId: string,
  contacts: readonly EmergencyContact[],
): Promise<void> {
  await tx.query(DROP_EMERGENCY_CONTACTS, [userId]);
  await tx.query(ADD_EMERGENCY_CONTACTS, [
    userId,
    contacts.map((contact) => contact.name),
    contacts.map((contact) => phoneOf(contact.phone) ?? contact.phone),
    contacts.map((contact) => contact.relationship),
  ]);
}
