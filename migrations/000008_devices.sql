-- Phones, watches and trackers that a person has paired. The secret of each is kept as a hash only.
-- subject: user_id; retention: account
create table accounts.devices (
  id uuid primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 120),
  kind text not null check (kind in ('phone', 'tablet', 'watch', 'tracker', 'computer', 'other')),
  secret_hash bytea not null,
  -- Null: the device did not say.
  can_push boolean,
  can_sound boolean,
  would_not_ring text check (char_length(would_not_ring) between 1 and 200),
  battery_pct smallint check (battery_pct between 0 and 100),
  last_contact_at timestamptz,
  paired_at timestamptz not null default now(),
  revoked_at timestamptz,
  revoked_by uuid references accounts.users (id)
);
create index devices_of_user on accounts.devices (user_id) where revoked_at is null;

-- Codes that are shown once and typed into a device within minutes; only their hashes are kept.
-- subject: user_id; retention: minutes
create table accounts.device_codes (
  code_hash bytea primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  expires_at timestamptz not null
);
create index device_codes_of_user on accounts.device_codes (user_id);
create index device_codes_by_end on accounts.device_codes (expires_at);
