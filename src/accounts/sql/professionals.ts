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

export interface UndecidedRow {
  readonly user_id: string;
  readonly name: string | null;
  readonly role: 'volunteer' | 'professional';
  readonly verified: boolean;
  readonly documents: number;
  readonly since: number;
}

/** Who was never decided about, and who has handed in something since they were; the longest waiting first. $1: at most. */
export const UNDECIDED = sql(
  'accounts_undecided_verifications',
  `select r.user_id, p.name, r.role, r.verified, coalesce(handed.n, 0)::int as documents,
          coalesce(handed.first_at, r.created_at) as since
     from (select user_id, 'volunteer' as role, verified, verified_at, created_at from accounts.volunteers
           union all
           select user_id, 'professional', verified, verified_at, created_at from accounts.professionals) r
     join accounts.people p on p.id = r.user_id and p.status = 'active'
    cross join lateral (select max(x.decided_at) as at from accounts.verification_decisions x
                         where x.user_id = r.user_id and x.role = r.role) last
    cross join lateral (select count(*) as n, min(d.uploaded_at) as first_at
                          from (select volunteer_id as owner_id, 'volunteer' as role, uploaded_at
                                  from accounts.volunteer_documents where volunteer_id = r.user_id
                                union all
                                select professional_id, 'professional', uploaded_at
                                  from accounts.professional_documents where professional_id = r.user_id) d
                         where d.role = r.role
                           and d.uploaded_at > greatest(last.at, r.verified_at, '-infinity'::timestamptz)) handed
    where handed.n > 0 or (not r.verified and last.at is null)
    order by since, r.user_id
    limit $1`,
);
