create schema telemetry;

create table telemetry.user_locations (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  location geography(point, 4326) not null,
  accuracy_m real,
  fix_at timestamptz not null,
  received_at timestamptz not null
);
create index user_locations_location on telemetry.user_locations using gist (location);

-- History. No spatial index: it would cost a quarter of the ingest rate, and "who is near" is asked of the present.
create table telemetry.positions (
  received_at timestamptz not null,
  user_id uuid not null,
  device_id uuid not null,
  epoch uuid not null,
  seq bigint not null,
  -- When it was taken by the server's clock: received_at less the age that the device stated.
  fix_at timestamptz not null,
  -- The same by the device's own clock, as sent. Only differences between two of these mean anything.
  device_at timestamptz not null,
  location geography(point, 4326) not null,
  accuracy_m real,
  speed_mps real,
  heading_deg real,
  altitude_m real,
  battery_pct real,
  late boolean not null,
  primary key (user_id, device_id, epoch, seq, received_at)
) partition by range (received_at);
create table telemetry.positions_default partition of telemetry.positions default;
create index positions_user_time on telemetry.positions (user_id, fix_at);

-- Everything up to `seq` of a device's epoch and lane is stored. Moved in the transaction that stores the samples.
create table telemetry.device_cursors (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  epoch uuid not null,
  lane text not null check (lane in ('sos', 'alarm', 'chat', 'telemetry')),
  seq bigint not null,
  updated_at timestamptz not null default now(),
  primary key (user_id, device_id, epoch, lane)
);

-- How many fixes of a device were counted but not used, and why.
create table telemetry.refused_fixes (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  day date not null,
  reason text not null,
  fixes bigint not null,
  primary key (user_id, device_id, day, reason)
);
