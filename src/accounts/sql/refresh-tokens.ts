import { sql } from '../../store/db.ts';

/** $5: its life in seconds. */
export const INSERT_REFRESH_TOKEN = sql(
  'accounts_insert_refresh_token',
  `insert into accounts.refresh_tokens (id, user_id, session_id, token_hash, expires_at)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
);

export interface RefreshTokenRow {
  readonly id: string;
  readonly revoked: boolean;
  readonly expired: boolean;
  /** How long ago it was exchanged; null: not yet. */
  readonly used_ago_ms: number | null;
  readonly next_seed: Buffer | null;
}

/** To be read under the lock of its session. */
export const REFRESH_TOKEN = sql(
  'accounts_refresh_token',
  `select id, revoked, expires_at <= now() as expired, next_seed,
          (extract(epoch from clock_timestamp() - used_at) * 1000)::float8 as used_ago_ms
     from accounts.refresh_tokens
    where token_hash = $1 and session_id = $2`,
);

export const USE_REFRESH_TOKEN = sql(
  'accounts_use_refresh_token',
  'update accounts.refresh_tokens set used_at = clock_timestamp(), next_seed = $2 where id = $1',
);

/** The one before the one that was just exchanged has done its service: its tag is enough to know it again. */
export const DROP_OLDER_TOKENS = sql(
  'accounts_drop_older_refresh_tokens',
  'delete from accounts.refresh_tokens where session_id = $1 and used_at is not null and id <> $2',
);

export const REVOKE_TOKENS = sql(
  'accounts_revoke_refresh_tokens',
  'update accounts.refresh_tokens set revoked = true where session_id = any($1::uuid[]) and not revoked',
);
