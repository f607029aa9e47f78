import { sql } from '../../store/db.ts';

export interface DutyRow {
  readonly quiet_from_min: number | null;
  readonly quiet_to_min: number | null;
  readonly rest_after_alert_min: number;
}

export const DUTY = sql(
  'accounts_duty',
  'select quiet_from_min, quiet_to_min, rest_after_alert_min from accounts.volunteers where user_id = $1',
);

export const SET_DUTY = sql(
  'accounts_set_duty',
  `update accounts.volunteers set quiet_from_min = $2, quiet_to_min = $3, rest_after_alert_min = $4
    where user_id = $1
   returning user_id`,
);

export interface ShiftRow {
  readonly weekday: number;
  readonly from_min: number;
  readonly to_min: number;
  readonly timezone: string;
}

export const SHIFTS = sql(
  'accounts_shifts',
  `select weekday, from_min, to_min, timezone from accounts.shifts where user_id = $1
    order by weekday, from_min, id`,
);

export const DROP_SHIFTS = sql('accounts_drop_shifts', 'delete from accounts.shifts where user_id = $1');

export const ADD_SHIFTS = sql(
  'accounts_add_shifts',
  `insert into accounts.shifts (id, user_id, weekday, from_min, to_min, timezone)
   select s.id, $1, s.weekday, s.from_min, s.to_min, s.timezone
     from unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[])
          as s (id, weekday, from_min, to_min, timezone)`,
);

export interface CertificationRow {
  readonly id: string;
  readonly name: string;
  readonly issued_by: string;
  readonly issued_on: string;
  readonly expires_on: string | null;
  readonly skill: string | null;
  readonly document_id: string | null;
}

export const CERTIFICATIONS = sql(
  'accounts_certifications',
  `select id, name, issued_by, issued_on::text, expires_on::text, skill, document_id
     from accounts.certifications where user_id = $1 order by issued_on desc, id`,
);

export const ADD_CERTIFICATION = sql(
  'accounts_add_certification',
  `insert into accounts.certifications (id, user_id, name, issued_by, issued_on, expires_on, skill, document_id)
   values ($1, $2, $3, $4, $5::date, $6::date, $7, $8)`,
);

export const DROP_CERTIFICATION = sql(
  'accounts_drop_certification',
  'delete from accounts.certifications where id = $1 and user_id = $2 returning id',
);
