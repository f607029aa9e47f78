import { sql } from '../../store/db.ts';

export interface SecondFactorRow {
  readonly secret: Buffer;
  readonly confirmed: boolean;
  readonly last_step: number;
}

export const SECOND_FACTOR = sql(
  'accounts_second_factor',
  `select secret, confirmed_at is not null as confirmed, last_step
     from accounts.second_factors where user_id = $1`,
);

/** A new secret, to be confirmed; what was there before counts no more. */
export const REPLACE_SECOND_FACTOR = sql(
  'accounts_replace_second_factor',
  `insert into accounts.second_factors (user_id, secret) values ($1, $2)
   on conflict (user_id) do update
     set secret = excluded.secret, confirmed_at = null, last_step = 0, created_at = now()`,
);

/** Takes a code once: of two that come with it at the same time one finds the step used. */
export const USE_STEP = sql(
  'accounts_use_second_factor_step',
  `update accounts.second_factors set last_step = $2, confirmed_at = coalesce(confirmed_at, now())
    where user_id = $1 and last_step < $2 and secret = $3
   returning user_id`,
);

export const DROP_RECOVERY_CODES = sql(
  'accounts_drop_recovery_codes',
  'delete from accounts.recovery_codes where user_id = $1',
);

export const INSERT_RECOVERY_CODES = sql(
  'accounts_insert_recovery_codes',
  'insert into accounts.recovery_codes (user_id, code_hash) select $1, hash from unnest($2::bytea[]) as hash',
);

export const USE_RECOVERY_CODE = sql(
  'accounts_use_recovery_code',
  `update accounts.recovery_codes set used_at = now()
    where user_id = $1 and code_hash = $2 and used_at is null
   returning user_id`,
);
