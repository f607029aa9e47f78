import { sql } from '../../store/db.ts';

/** Nothing comes back when there is no such person. $5: how long, in milliseconds. */
export const BREAK_GLASS = sql(
  'accounts_break_glass',
  `insert into accounts.break_glass (id, user_id, subject_user_id, reason, until)
   select $1, $2, u.id, $4, now() + make_interval(secs => $5::float8 / 1000)
     from accounts.users u where u.id = $3
   returning until`,
);

export const BREAK_GLASS_OPEN = sql(
  'accounts_break_glass_open',
  `select exists(select from accounts.break_glass
                  where user_id = $1 and subject_user_id = $2 and until > now()) as "open"`,
);

export interface BreakGlassRow {
  readonly id: string;
  readonly user_id: string;
  readonly subject_user_id: string;
  readonly reason: string;
  readonly opened_at: number;
  readonly until: number;
}

export const BREAK_GLASS_PAGE = sql(
  'accounts_break_glass_page',
  `select id, user_id, subject_user_id, reason, opened_at, until
     from accounts.break_glass
    where $1::uuid is null or id < $1
    order by id desc
    limit $2`,
);
