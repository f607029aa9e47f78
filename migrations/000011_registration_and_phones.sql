-- Accounts that were asked for where mail is configured. They come into being once the link has been opened by somebody
-- who knows the password. An address that has an account gets a row too, so that the same is done either way.
-- subject: none; retention: short
create table accounts.registrations (
  id uuid primary key,
  email text not null,
  password_hash text not null,
  name text not null,
  phone text,
  -- Null: offers no help.
  skills text[],
  token_hash bytea not null unique,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index registrations_email on accounts.registrations (email, created_at);
create index registrations_expired on accounts.registrations (expires_at);

-- Anybody may state any number; it belongs to whoever proved last that they read its messages. So a refusal never tells
-- that a number has an account.
alter table accounts.user_profiles
  drop constraint user_profiles_phone_key,
  add column phone_verified_at timestamptz;
update accounts.user_profiles p set phone_verified_at = u.phone_verified_at
  from accounts.users u where u.id = p.user_id and p.phone is not null;
alter table accounts.users drop column phone_verified_at;
create unique index user_profiles_phone on accounts.user_profiles (phone) where phone_verified_at is not null;
