-- What devices send besides positions, and what their clocks say.

-- How many samples of a lane were counted but not kept, and why; of positions in telemetry.refused_fixes.
-- subject: user_id; retention: track
create table telemetry.refused_samples (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  day date not null,
  lane text not null check (lane in ('alarm', 'vitals')),
  reason text not null,
  samples bigint not null,
  primary key (user_id, device_id, day, lane, reason)
);

-- What a device said by itself of its wearer: that they fell, pressed its button, or do not move.
-- subject: person_id; retention: vitals
create table telemetry.device_alarms (
  -- Made from the device's numbers, so that whoever hears of it twice recognises it.
  id uuid primary key,
  person_id uuid not null,
  device_id uuid not null,
  epoch uuid not null,
  seq bigint not null,
  kind text not null check (kind in ('fall', 'panic', 'no_motion')),
  -- By the server's clock: received_at less the age that the device stated.
  raised_at timestamptz not null,
  received_at timestamptz not null,
  device_at timestamptz not null,
  location geography(point, 4326),
  late boolean not null
);
create index device_alarms_person_time on telemetry.device_alarms (person_id, raised_at);

-- How far the clock of a device is off, for showing it. Nothing is ordered by it.
-- subject: user_id; retention: track
create table telemetry.device_clocks (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  -- The device's clock less the server's, give or take half the way there and back.
  offset_ms double precision not null,
  round_trip_ms double precision not null check (round_trip_ms >= 0),
  measured_at timestamptz not null,
  primary key (user_id, device_id)
);
