import { sql } from '../../store/db.ts';

export interface PatientRow {
  readonly id: string;
  readonly user_id: string | null;
  readonly first_name: string;
  readonly last_name: string;
  readonly date_of_birth: string | null;
  readonly gender: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postal_code: string | null;
  readonly country: string | null;
  readonly emergency_contact_name: string | null;
  readonly emergency_contact_phone: string | null;
  readonly emergency_contact_relationship: string | null;
  readonly is_active: boolean;
  readonly created_at: number;
}

export const ADD_PATIENT = sql(
  'accounts_add_patient',
  `insert into care.patients
     (id, user_id, first_name, last_name, date_of_birth, gender, email, phone, address, city, state, postal_code,
      country, emergency_contact_name, emergency_contact_phone, emergency_contact_relationship, created_by)
   values ($1, $2, $3, $4, $5::date, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
   on conflict (user_id) do nothing
   returning id`,
);

export const PATIENT = sql(
  'accounts_patient',
  `select p.id, p.user_id, p.first_name, p.last_name, p.date_of_birth::text, p.gender, p.email, p.phone, p.address,
          p.city, p.state, p.postal_code, p.country, p.emergency_contact_name, p.emergency_contact_phone,
          p.emergency_contact_relationship, p.is_active, p.created_at
     from care.patients p
    where p.id = $1`,
);

export interface RelationsRow {
  readonly self: boolean;
  readonly own_patient: boolean;
  readonly care_team: boolean;
  readonly break_glass: boolean;
}

/** In charge is who entered the patient, for as long as they are in the care team. */
export const RELATIONS_TO = sql(
  'accounts_relations_to_patient',
  `select coalesce(p.user_id = $2, false) as self,
          p.created_by = $2 and t.member as own_patient,
          t.member as care_team,
          exists(select from accounts.break_glass b
                  where b.user_id = $2 and b.subject_user_id = p.user_id and b.until > now()) as break_glass
     from care.patients p,
          lateral (select exists(select from care.care_team c
                                  where c.patient_id = p.id and c.user_id = $2 and c.until is null) as member) t
    where p.id = $1`,
);

export interface TeamRow {
  readonly patient_id: string;
  readonly user_id: string;
  readonly role: string;
  readonly since: number;
  readonly name: string | null;
  /** In a list of patients: their account, or their record. */
  readonly person_id?: string;
}

export const ADD_TO_TEAM = sql(
  'accounts_add_to_care_team',
  `insert into care.care_team (id, patient_id, user_id, role, added_by) values ($1, $2, $3, $4, $5)
   on conflict (patient_id, user_id) where until is null do nothing
   returning id`,
);

export const LEAVE_TEAM = sql(
  'accounts_leave_care_team',
  `update care.care_team set until = greatest(since, clock_timestamp())
    where patient_id = $1 and user_id = $2 and until is null
   returning id`,
);

export const IN_TEAM = sql(
  'accounts_in_care_team',
  'select role from care.care_team where patient_id = $1 and user_id = $2 and until is null',
);

/** Who cares for one patient now. */
export const TEAM = sql(
  'accounts_care_team',
  `select t.patient_id, t.user_id, t.role, t.since, u.name
     from care.care_team t join accounts.people u on u.id = t.user_id
    where t.patient_id = $1 and t.until is null
    order by t.since, t.user_id`,
);

/** For whom one person cares now. */
export const CARED_FOR = sql(
  'accounts_cared_for',
  `select t.patient_id, t.user_id, t.role, t.since, p.first_name || ' ' || p.last_name as name,
          coalesce(p.user_id, p.id) as person_id
     from care.care_team t join care.patients p on p.id = t.patient_id
    where t.user_id = $1 and t.until is null and p.is_active and ($2::uuid is null or t.patient_id > $2)
    order by t.patient_id
    limit $3`,
);
