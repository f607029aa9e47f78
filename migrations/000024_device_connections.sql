-- Clouds of wearables that somebody lets Muster read from, and how reading went.

-- One of a person and provider: who connects again goes on where they were, so that nothing is stored twice.
-- subject: user_id; retention: account
create table telemetry.device_connections (
  id uuid primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  -- The name of a mapping: strava, polar, samsung, or one of the operator's own.
  provider text not null check (provider ~ '^[a-z][a-z0-9_]{0,31}$'),
  device_name text check (char_length(device_name) between 1 and 120),
  -- AES-256-GCM: version, nonce, tag, ciphertext; bound to this row and column. Never in the clear.
  access_token bytea,
  refresh_token bytea,
  token_key_id text check (token_key_id ~ '^[A-Za-z0-9_.-]{1,64}$'),
  -- Counts the pairs of tokens there have been, so that an older one never replaces a newer one.
  token_version integer not null default 0,
  token_expires_at timestamptz,
  scopes text[] not null default '{}',
  is_active boolean not null default true,
  inactive_reason text check (inactive_reason in ('paused', 'needs_consent', 'failing', 'disconnected')),
  last_sync_at timestamptz,
  sync_every_ms bigint not null default 3600000 check (sync_every_ms between 300000 and 604800000),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  -- Who the person is to the provider.
  external_user_id text check (char_length(external_user_id) between 1 and 200),
  -- By resource of the mapping: how far it was read. Moved in the transaction that stores the samples.
  watermark jsonb not null default '{}' check (jsonb_typeof(watermark) = 'object'),
  -- What samples of it are numbered by, as those of a device are.
  epoch uuid not null,
  samples_seq bigint not null default 0,
  next_sync_at timestamptz not null default now(),
  -- The provider has asked to be left alone until then.
  not_before timestamptz,
  -- In a row.
  failures integer not null default 0 check (failures >= 0),
  last_error text check (last_error ~ '^[a-z0-9_]{1,64}$'),
  lease_owner uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, provider),
  check (is_active = (inactive_reason is null)),
  check (access_token is not null or not is_active),
  check ((access_token is null) = (token_key_id is null)),
  check (access_token is not null or refresh_token is null)
);
create index device_connections_provider_active on telemetry.device_connections (provider, is_active);
create index device_connections_due on telemetry.device_connections (next_sync_at) where is_active;

-- Each attempt to read. Holds counts and codes, neither measurements nor tokens.
-- subject: user_id; retention: short
create table telemetry.device_sync_logs (
  id uuid primary key,
  connection_id uuid not null references telemetry.device_connections (id) on delete cascade,
  user_id uuid not null references accounts.users (id) on delete cascade,
  started_at timestamptz not null default now(),
  completed_at timestamptz check (completed_at >= started_at),
  status text not null default 'pending' check (status in ('pending', 'success', 'failed')),
  -- What the provider was asked for and answered; and the samples of it that were new.
  records_synced integer not null default 0 check (records_synced >= 0),
  samples_stored integer not null default 0 check (samples_stored >= 0),
  error_code text check (error_code ~ '^[a-z0-9_]{1,64}$'),
  error_message text check (char_length(error_message) between 1 and 500),
  created_at timestamptz not null default now(),
  check ((status = 'pending') = (completed_at is null)),
  check ((status = 'failed') = (error_code is not null)),
  check (error_message is null or error_code is not null)
);
create index device_sync_logs_connection on telemetry.device_sync_logs (connection_id, started_at desc, id desc);
create index device_sync_logs_user on telemetry.device_sync_logs (user_id);
create index device_sync_logs_created on telemetry.device_sync_logs (created_at);

-- Somebody has gone to a provider to allow it, and has not come back yet. Good once.
-- subject: user_id; retention: minutes
create table telemetry.connection_consents (
  -- SHA-256 of what stands in the address that the provider sends them back to.
  state_hash bytea primary key check (octet_length(state_hash) = 32),
  user_id uuid not null references accounts.users (id) on delete cascade,
  provider text not null check (provider ~ '^[a-z][a-z0-9_]{0,31}$'),
  device_name text check (char_length(device_name) between 1 and 120),
  -- The PKCE verifier, encrypted as tokens are.
  code_verifier bytea not null,
  key_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at > created_at)
);
create index connection_consents_user on telemetry.connection_consents (user_id);
create index connection_consents_expires on telemetry.connection_consents (expires_at);
