create extension if not exists postgis;

create schema accounts;

create table accounts.users (
  id uuid primary key,
  email text not null,
  password_hash text,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index users_email on accounts.users (lower(email));

create table accounts.user_grants (
  user_id uuid not null references accounts.users (id) on delete cascade,
  grant_name text not null check (grant_name in ('patient', 'volunteer', 'professional', 'dispatcher', 'admin')),
  granted_by uuid references accounts.users (id),
  granted_at timestamptz not null default now(),
  primary key (user_id, grant_name)
);

create table accounts.user_profiles (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  name text not null,
  phone text unique,
  address text,
  photo_url text,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table accounts.volunteers (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  skills text[] not null default '{}' check (skills <@ array[
    'FIRST_AID', 'CPR', 'FIREFIGHTING', 'SEARCH_RESCUE', 'COUNSELING', 'MEDICAL_PROFESSIONAL', 'DRIVER',
    'TRANSLATOR', 'OTHER']::text[]),
  certifications jsonb not null default '[]',
  verified boolean not null default false,
  available boolean not null default false,
  average_rating numeric(3, 2) not null default 0 check (average_rating between 0 and 5),
  cancellation_count integer not null default 0,
  verified_at timestamptz,
  verified_by uuid references accounts.users (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index volunteers_to_verify on accounts.volunteers (created_at) where not verified;

-- The key pair that signs access tokens. Kept here so that tokens survive a restart and hold on every node.
create table accounts.signing_keys (
  id uuid primary key,
  algorithm text not null,
  private_jwk jsonb not null,
  created_at timestamptz not null default now()
);

-- The one-time link of the first administrator; only its hash is kept.
create table accounts.setup_links (
  token_hash bytea primary key,
  created_at timestamptz not null default now(),
  used_at timestamptz
);

create view accounts.people as
  select u.id, p.name, p.phone, u.status
    from accounts.users u left join accounts.user_profiles p on p.user_id = u.id;
