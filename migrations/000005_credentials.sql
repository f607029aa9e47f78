-- Signing in starts a session. Its refresh tokens are one family, and it ends for all its access tokens at once.
-- subject: user_id; retention: credentials
create table accounts.sessions (
  id uuid primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  -- Tells a genuine token of this session from a made-up one when its row is long gone. Opens nothing.
  tag_key bytea not null,
  address inet,
  program text check (length(program) <= 200),
  started_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  ended_at timestamptz,
  end_reason text check (end_reason in ('signed_out', 'token_reused')),
  check ((ended_at is null) = (end_reason is null))
);
create index sessions_user on accounts.sessions (user_id, started_at desc) where ended_at is null;
create index sessions_last_used on accounts.sessions (last_used_at);
create index sessions_ended on accounts.sessions (ended_at) where ended_at is not null;

-- Per session the newest token and the one before it.
-- subject: user_id; retention: credentials
create table accounts.refresh_tokens (
  id uuid primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  session_id uuid not null references accounts.sessions (id) on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null,
  revoked boolean not null default false,
  created_at timestamptz not null default now(),
  -- Set together when the token is exchanged: the next one is made of both this token and the seed.
  used_at timestamptz,
  next_seed bytea,
  check ((used_at is null) = (next_seed is null))
);
create index refresh_tokens_user on accounts.refresh_tokens (user_id);
create index refresh_tokens_session on accounts.refresh_tokens (session_id);
create index refresh_tokens_expires on accounts.refresh_tokens (expires_at) where not revoked;

-- What administrators should look at.
-- subject: user_id; retention: security
create table accounts.suspicious_activities (
  id uuid primary key,
  user_id uuid references accounts.users (id) on delete set null,
  activity_type text not null check (activity_type in (
    'LOCATION_MISMATCH', 'RATE_LIMIT_EXCEEDED', 'MULTIPLE_FAILED_LOGINS', 'SPAM_MESSAGES', 'REFRESH_TOKEN_REUSED')),
  details jsonb not null default '{}',
  ip_address inet,
  created_at timestamptz not null default now()
);
create index suspicious_activities_user on accounts.suspicious_activities (user_id);
create index suspicious_activities_type on accounts.suspicious_activities (activity_type);
create index suspicious_activities_created on accounts.suspicious_activities (created_at desc);

-- A new key is known to every node before the first token is signed with it.
alter table accounts.signing_keys add column signs_from timestamptz not null default now();

-- A secret shared with somebody's authenticator. It counts once confirmed by a first code.
-- subject: user_id; retention: credentials
create table accounts.second_factors (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  secret bytea not null,
  confirmed_at timestamptz,
  -- The time step of the last code that was taken: no code is taken twice.
  last_step bigint not null default 0,
  created_at timestamptz not null default now()
);

-- Stand in for a lost authenticator, each once.
-- subject: user_id; retention: credentials
create table accounts.recovery_codes (
  user_id uuid not null references accounts.second_factors (user_id) on delete cascade,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);
