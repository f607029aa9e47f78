import { ok, type Result, refused } from '../lib/result.ts';
import type { Queryable } from '../store/db.ts';
import type { PeopleContext } from './people-context.ts';
import {
  LICENSE_HOLDER,
  PROFESSIONAL,
  type ProfessionalRow,
  SAVE_PROFESSIONAL,
} from './sql/professionals.ts';
import { LOCK_USER } from './sql/users.ts';
import type { Principal } from './types.ts';
import { volunteerChanged } from './volunteers.ts';

export const PROFESSIONS = ['doctor', 'nurse', 'paramedic', 'therapist', 'other'] as const;

export interface ProfessionalInput {
  readonly profession: (typeof PROFESSIONS)[number];
  readonly licenseNumber: string;
  readonly specialization: string;
  readonly hospitalAffiliation: string | null;
}

export interface ProfessionalView extends Omit<ProfessionalInput, 'profession'> {
  readonly profession: string;
  readonly verified: boolean;
  readonly verifiedAtMs: number | null;
  readonly verifiedBy: string | null;
}

export interface Professionals {
  /** Says what somebody is by profession. It counts once an administrator has verified it, and again after a change. */
  setProfessional(
    by: Principal,
    input: ProfessionalInput,
  ): Promise<Result<ProfessionalView, 'not_found' | 'bad_request'>>;
}

export async function professionalOf(db: Queryable, userId: string): Promise<ProfessionalView | null> {
  const [row] = await db.query<ProfessionalRow>(PROFESSIONAL, [userId]);
  if (!row) return null;
  return {
    profession: row.profession,
    licenseNumber: row.license_number,
    specialization: row.specialization,
    hospitalAffiliation: row.hospital_affiliation,
    verified: row.verified,
    verifiedAtMs: row.verified_at,
    verifiedBy: row.verified_by,
  };
}

export function openProfessionals(context: PeopleContext): Professionals {
  const { db } = context;
  return {
    async setProfessional(by, { profession, licenseNumber, specialization, hospitalAffiliation }) {
      const license = licenseNumber.trim().toUpperCase();
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        const [holder] = await tx.query(LICENSE_HOLDER, [license, by.userId]);
        if (holder) return refused('bad_request', 'licenseNumber: can not be registered');
        const fields = [profession, license, specialization, hospitalAffiliation];
        await tx.query(SAVE_PROFESSIONAL, [by.userId, ...fields]);
        await volunteerChanged(context, tx, by.userId);
        const view = await professionalOf(tx, by.userId);
        return view ? ok(view) : refused('not_found');
      });
    },
  };
}
