import { sql } from '../../store/db.ts';

/** $1: id, $2: user, $3: tag key, $4: address, $5: program. */
export const INSERT_SESSION = sql(
  'accounts_insert_session',
  `insert into accounts.sessions (id, user_id, tag_key, address, program)
   values ($1, $2, $3, $4::inet, $5)`,
);

export interface SessionStateRow {
  readonly user_id: string;
  readonly tag_key: Buffer;
  readonly ended: boolean;
}

/** Puts what happens to one session in order. */
export const LOCK_SESSION = sql(
  'accounts_lock_session',
  `select user_id, tag_key, ended_at is not null as ended
     from accounts.sessions where id = $1 for update`,
);

export const SESSION_USED = sql(
  'accounts_session_used',
  `update accounts.sessions
      set last_used_at = now(), address = coalesce($2::inet, address), program = coalesce($3, program)
    where id = $1`,
);

export interface SessionRow {
  readonly id: string;
  readonly started_at: number;
  readonly last_used_at: number;
  readonly address: string | null;
  readonly program: string | null;
}

/** The newest of a user that can still be continued. */
export const SESSIONS_OF = sql(
  'accounts_sessions_of',
  `select s.id, s.started_at, s.last_used_at, host(s.address) as address, s.program
     from accounts.sessions s
    where s.user_id = $1 and s.ended_at is null
      and exists(select from accounts.refresh_tokens t
                  where t.session_id = s.id and not t.revoked and t.expires_at > now())
    order by s.started_at desc, s.id desc
    limit $2`,
);

/** Whatever of these sessions of a user is not over yet; null: all of them. $3: the reason. */
export const END_SESSIONS = sql(
  'accounts_end_sessions',
  `update accounts.sessions set ended_at = clock_timestamp(), end_reason = $3
    where user_id = $1 and ($2::uuid is null or id = $2) and ended_at is null
   returning id, user_id`,
);

export interface EndedRow {
  readonly id: string;
  readonly user_id: string;
}

export interface EndedSinceRow extends EndedRow {
  readonly ended_at: number;
}

/** Ended at $1 or later, in milliseconds since 1970. */
export const ENDED_SINCE = sql(
  'accounts_sessions_ended_since',
  `select id, user_id, ended_at from accounts.sessions
    where ended_at >= to_timestamp($1::double precision / 1000)
    order by ended_at`,
);

/** Sessions that ended or were left alone so long ago that nothing of them is good any more; at most $2. */
export const DELETE_OLD_SESSIONS = sql(
  'accounts_delete_old_sessions',
  `with old as materialized (
     select id from accounts.sessions
      where last_used_at < now() - make_interval(secs => $1)
      order by last_used_at
      limit $2
        for update skip locked)
   delete from accounts.sessions s using old where s.id = old.id returning 1`,
);
