import { may } from '../access/may.ts';
import type { Relation } from '../access/words.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Queryable } from '../store/db.ts';
import type { PeopleContext } from './people-context.ts';
import {
  ADD_TO_TEAM,
  CARED_FOR,
  IN_TEAM,
  LEAVE_TEAM,
  RELATIONS_TO,
  type RelationsRow,
  TEAM,
  type TeamRow,
} from './sql/patients.ts';
import { CONTACTS } from './sql/users.ts';
import { grantsOf } from './standing.ts';
import { PAGE_MAX, type Principal } from './types.ts';

export const CARE_ROLES = ['doctor', 'nurse', 'therapist', 'caregiver', 'family', 'other'] as const;
export type CareRole = (typeof CARE_ROLES)[number];

export interface CareTie {
  readonly patientId: string;
  readonly userId: string;
  /** Of the one at the other end: the carer's in a team, the patient's in a list of patients. */
  readonly name: string | null;
  readonly role: string;
  readonly sinceMs: number;
  /** In a list of patients: their account, or the record of somebody who has none; what vital signs and alerts are of. */
  readonly personId?: string;
}

export interface CareTeam {
  /** For the patient, the care team and administrators; to others there is none. */
  careTeam(by: Principal, patientId: string): Promise<Result<readonly CareTie[], 'not_found'>>;
  /** For whom one cares oneself, in order of id. */
  caredFor(by: Principal, after: string | null, limit: number): Promise<Result<readonly CareTie[], never>>;
  /** By the professional in charge or an administrator. Nothing changes for who is in it already. */
  joinCareTeam(
    by: Principal,
    patientId: string,
    userId: string,
    role: CareRole,
  ): Promise<Result<null, 'not_found' | 'bad_request'>>;
  /** By the same people, and by whoever leaves. The time of belonging stays on record. */
  leaveCareTeam(by: Principal, patientId: string, userId: string): Promise<Result<null, 'not_found'>>;
  /** In what role somebody cares for a patient at this moment; null: in none. What access goes by. */
  careRole(userId: string, patientId: string): Promise<string | null>;
}

export function openCareTeam(context: PeopleContext): CareTeam {
  const { db, newId } = context;

  /** Whether somebody may see the team or say who is in it: by the matrix, and how they stand to the patient now. */
  const allowed = async (on: Queryable, by: Principal, patientId: string, action: 'read' | 'change') => {
    const relations = await relationsTo(on, by.userId, patientId);
    const grants = await grantsOf(context, by.userId);
    return relations !== null && may({ grants }, action, 'care_team', relations).allowed;
  };

  return {
    async careTeam(by, patientId) {
      if (!(await allowed(db, by, patientId, 'read'))) return refused('not_found');
      return ok((await db.query<TeamRow>(TEAM, [patientId])).map(tieOf));
    },

    async caredFor(by, after, limit) {
      const size = Math.max(1, Math.min(PAGE_MAX, Math.floor(limit)));
      return ok((await db.query<TeamRow>(CARED_FOR, [by.userId, after, size])).map(tieOf));
    },

    async joinCareTeam(by, patientId, userId, role) {
      if (!isUuid(userId) || !(await allowed(db, by, patientId, 'change'))) return refused('not_found');
      return db.transaction(async (tx) => {
        const [person] = await tx.query(CONTACTS, [[userId]]);
        if (!person) return refused('bad_request', 'userId: can not join');
        await tx.query(ADD_TO_TEAM, [newId(), patientId, userId, role, by.userId]);
        return ok(null);
      });
    },

    async leaveCareTeam(by, patientId, userId) {
      if (!isUuid(patientId) || !isUuid(userId)) return refused('not_found');
      const decides = by.userId === userId || (await allowed(db, by, patientId, 'change'));
      const [left] = decides ? await db.query(LEAVE_TEAM, [patientId, userId]) : [];
      return left ? ok(null) : refused('not_found');
    },

    async careRole(userId, patientId) {
      const [member] =
        isUuid(userId) && isUuid(patientId)
          ? await db.query<{ role: string }>(IN_TEAM, [patientId, userId])
          : [];
      return member?.role ?? null;
    },
  };
}

/** How somebody stands to a patient at this moment; null when there is no such patient. */
export async function relationsTo(
  db: Queryable,
  userId: string,
  patientId: string,
): Promise<readonly Relation[] | null> {
  if (!isUuid(patientId)) return null;
  const [row] = await db.query<RelationsRow>(RELATIONS_TO, [patientId, userId]);
  if (!row) return null;
  return relationNames(row);
}

const RELATIONS = ['self', 'own_patient', 'care_team', 'break_glass'] as const;

export const relationNames = (row: RelationsRow): readonly Relation[] =>
  RELATIONS.filter((relation) => row[relation]);

const tieOf = (row: TeamRow): CareTie => ({
  patientId: row.patient_id,
  userId: row.user_id,
  name: row.name,
  role: row.role,
  sinceMs: row.since,
  ...(row.person_id === undefined ? {} : { personId: row.person_id }),
});
