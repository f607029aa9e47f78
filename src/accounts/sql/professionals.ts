import { sql } from '../../store/db.ts';

export interface ProfessionalRow {
  readonly profession: string;
  readonly license_number: string;
  readonly specialization: string;
  readonly hospital_affiliation: string | null;
  readonly verified: boolean;
  readonly verified_at: number | null;
  readonly verified_by: string | null;
}

export const PROFESSIONAL = sql(
  'accounts_professional',
  `select profession, license_number, specialization, hospital_affiliation, verified, verified_at, verified_by
     from accounts.professionals where user_id = $1`,
);

/** Another profession, number or specialisation than was verified has to be verified again. */
export const SAVE_PROFESSIONAL = sql(
  'accounts_save_professional',
  `insert into accounts.professionals as p
     (user_id, profession, license_number, specialization, hospital_affiliation)
   values ($1, $2, $3, $4, $5)
   on conflict (user_id) do update
      set verified = p.verified and p.profession = excluded.profession
            and p.license_number = excluded.license_number and p.specialization = excluded.specialization,
          profession = excluded.profession,
          license_number = excluded.license_number,
          specialization = excluded.specialization,
          hospital_affiliation = excluded.hospital_affiliation,
          updated_at = now()
   returning user_id`,
);

export const LICENSE_HOLDER = sql(
  'accounts_license_holder',
  'select user_id from accounts.professionals where license_number = $1 and user_id <> $2',
);

export const VERIFY_PROFESSIONAL = sql(
  'accounts_verify_professional',
  `update accounts.professionals
      set verified = $3,
          verified_at = case when $3 then now() else verified_at end,
          verified_by = case when $3 then $2::uuid else verified_by end,
          revoked_at = case when $3 then null else now() end,
          revoked_by = case when $3 then null else $2::uuid end,
          updated_at = now()
    where user_id = $1
   returning user_id`,
);

export const VERIFY_VOLUNTEER = sql(
  'accounts_decide_volunteer',
  `update accounts.volunteers
      set verified = $3,
          verified_at = case when $3 then now() else verified_at end,
          verified_by = case when $3 then $2::uuid else verified_by end,
          revoked_at = case when $3 then null else now() end,
          revoked_by = case when $3 then null else $2::uuid end,
          updated_at = clock_timestamp()
    where user_id = $1
   returning user_id`,
);

export const ADD_DECISION = sql(
  'accounts_add_verification_decision',
  `insert into accounts.verification_decisions (id, user_id, role, verified, document_ids, note, decided_by)
   values ($1, $2, $3, $4, $5::uuid[], $6, $7)`,
);

export interface DecisionRow {
  readonly id: string;
  readonly role: 'volunteer' | 'professional';
  readonly verified: boolean;
  readonly document_ids: string[];
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly decided_at: number;
}

export const DECISIONS = sql(
  'accounts_verification_decisions',
  `select id, role, verified, document_ids, note, decided_by, decided_at
     from accounts.verification_decisions where user_id = $1 order by decided_at desc, id desc limit 100`,
);
