import { sql } from '../../store/db.ts';

export interface CaredForRow {
  readonly user_id: string | null;
  readonly patient_id: string | null;
  readonly date_of_birth: string | null;
}

export const CARED_FOR_PERSON = sql(
  'accounts_cared_for_person',
  `select u.id as user_id, p.id as patient_id, p.date_of_birth::text as date_of_birth
     from (select $1::uuid as id) asked
     left join care.patients p on p.id = asked.id or p.user_id = asked.id
     left join accounts.users u on u.id = coalesce(p.user_id, asked.id)
    where u.id is not null or p.id is not null
    limit 1`,
);

/** Dates of birth of many, in the order asked; null: nobody knows. */
export const BORN = sql(
  'accounts_cared_for_born',
  `select p.date_of_birth::text as date_of_birth
     from unnest($1::uuid[]) with ordinality as a (id, place)
     left join lateral (select date_of_birth from care.patients where id = a.id or user_id = a.id limit 1) p on true
    order by a.place`,
);

export const ACCOUNTS_OF_PATIENTS = sql(
  'accounts_of_patients',
  'select id, user_id from care.patients where id = any($1::uuid[]) and user_id is not null',
);

/** Who somebody is, how `$2` stands to them, and who cares for them now; by account or by patient record. */
export const STANDING_TO_PERSON = sql(
  'accounts_standing_to_person',
  `select u.id as user_id, p.id as patient_id,
          coalesce(u.id = $2, false) as self,
          coalesce(p.created_by = $2 and t.member, false) as own_patient,
          coalesce(t.member, false) as care_team,
          exists(select from accounts.break_glass b
                  where b.user_id = $2 and b.subject_user_id = u.id and b.until > now()) as break_glass,
          coalesce(t.team, '{}') as team
     from (select $1::uuid as id) asked
     left join care.patients p on p.id = asked.id or p.user_id = asked.id
     left join accounts.users u on u.id = coalesce(p.user_id, asked.id)
     left join lateral (select bool_or(c.user_id = $2) as member, array_agg(c.user_id) as team
                          from care.care_team c where c.patient_id = p.id and c.until is null) t on true
    where u.id is not null or p.id is not null
    limit 1`,
);

/** Themselves, then those for whom they care now. */
export const STANDING_TO_CHARGES = sql(
  'accounts_standing_to_charges',
  `select u.id as user_id, p.id as patient_id, true as self, false as own_patient, false as care_team,
          false as break_glass
     from accounts.users u left join care.patients p on p.user_id = u.id
    where u.id = $1
    union all
   (select p.user_id, p.id, false, p.created_by = $1, true, false
      from care.care_team t join care.patients p on p.id = t.patient_id
     where t.user_id = $1 and t.until is null
     order by t.patient_id limit $2)`,
);

/** Somebody who is no patient is in nobody's charge. */
export const RELATIONS_TO_ACCOUNT = sql(
  'accounts_relations_to_account',
  `select $1::uuid = $2::uuid as self, false as own_patient, false as care_team,
          exists(select from accounts.break_glass b
                  where b.user_id = $2 and b.subject_user_id = $1 and b.until > now()) as break_glass`,
);

export const CARE_TEAM_ACCOUNTS = sql(
  'accounts_care_team_accounts',
  'select user_id from care.care_team where patient_id = $1 and until is null order by user_id',
);
