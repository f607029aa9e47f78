import { may } from '../access/may.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { type CareRole, relationsTo } from './care-team.ts';
import { phoneOf } from './normal-form.ts';
import type { PeopleContext } from './people-context.ts';
import { ADD_PATIENT, ADD_TO_TEAM, PATIENT, type PatientRow } from './sql/patients.ts';
import { CONTACTS } from './sql/users.ts';
import { allowed, grantsOf, holds } from './standing.ts';
import type { Principal } from './types.ts';

/** Who somebody is, as much as those who care for them have to know. Dates are `YYYY-MM-DD`. */
export interface PatientInput {
  /** The patient's own account, where there is one. */
  readonly userId: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly gender: 'male' | 'female' | 'other' | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  readonly country: string | null;
  readonly emergencyContact: {
    readonly name: string;
    readonly phone: string;
    readonly relationship: string | null;
  } | null;
}

export interface PatientView extends Omit<PatientInput, 'gender'> {
  readonly id: string;
  readonly gender: string | null;
  readonly isActive: boolean;
  readonly createdAtMs: number;
}

export interface Patients {
  /** For professionals, who become the first of the care team, and for administrators. */
  addPatient(
    by: Principal,
    patient: PatientInput,
    role: CareRole,
  ): Promise<Result<{ id: string }, 'forbidden' | 'bad_request'>>;
  /** For the patient and the professionals of the care team; to others there is none. */
  patient(by: Principal, id: string): Promise<Result<PatientView, 'not_found'>>;
}

export function openPatients(context: PeopleContext): Patients {
  const { db, newId } = context;
  return {
    async addPatient(by, patient, role) {
      if (!(await allowed(context, by, 'create', 'patient'))) return refused('forbidden');
      const cares = await holds(context, by, 'professional');
      return db.transaction(async (tx) => {
        if (patient.userId !== null && (await tx.query(CONTACTS, [[patient.userId]])).length === 0) {
          return refused('bad_request', 'userId: can not be a patient');
        }
        const id = newId();
        const [added] = await tx.query(ADD_PATIENT, [id, ...columnsOf(patient), by.userId]);
        if (!added) return refused('bad_request', 'userId: can not be a patient');
        if (cares) await tx.query(ADD_TO_TEAM, [newId(), id, by.userId, role, by.userId]);
        return ok({ id });
      });
    },

    async patient(by, id) {
      if (!isUuid(id)) return refused('not_found');
      const relations = await relationsTo(db, by.userId, id);
      const grants = await grantsOf(context, by.userId);
      if (!relations || !may({ grants }, 'read', 'patient', relations).allowed) return refused('not_found');
      const [row] = await db.query<PatientRow>(PATIENT, [id]);
      return row ? ok(viewOf(row)) : refused('not_found');
    },
  };
}

const columnsOf = (patient: PatientInput) => [
  patient.userId,
  patient.firstName.trim(),
  patient.lastName.trim(),
  patient.dateOfBirth,
  patient.gender,
  patient.email,
  phoneOf(patient.phone ?? undefined),
  patient.address,
  patient.city,
  patient.state,
  patient.postalCode,
  patient.country,
  patient.emergencyContact?.name ?? null,
  phoneOf(patient.emergencyContact?.phone),
  patient.emergencyContact?.relationship ?? null,
];

const viewOf = (row: PatientRow): PatientView => ({
  id: row.id,
  userId: row.user_id,
  firstName: row.first_name,
  lastName: row.last_name,
  dateOfBirth: row.date_of_birth,
  gender: row.gender,
  email: row.email,
  phone: row.phone,
  address: row.address,
  city: row.city,
  state: row.state,
  postalCode: row.postal_code,
  country: row.country,
  emergencyContact:
    row.emergency_contact_name === null || row.emergency_contact_phone === null
      ? null
      : {
          name: row.emergency_contact_name,
          phone: row.emergency_contact_phone,
          relationship: row.emergency_contact_relationship,
        },
  isActive: row.is_active,
  createdAtMs: row.created_at,
});
