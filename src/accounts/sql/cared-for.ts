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
