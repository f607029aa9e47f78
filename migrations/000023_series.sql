-- What samples add up to, and fences around places.

-- The transaction that stored a sample. Numbers and times are given before a transaction commits, so whoever counts by them
-- misses what commits late; below the oldest transaction that still runs nothing can come any more.
alter table telemetry.vitals_samples
  add column xid bigint not null default (pg_current_xact_id()::text::bigint);
create index vitals_samples_xid on telemetry.vitals_samples (xid);

-- What the samples of devices add up to, by hour (UTC) of when they were measured. `vital` is their column in
-- telemetry.vitals_samples. Values that are not believed are only counted. Records of people are kept themselves.
-- subject: person_id; retention: health, so that it outlives the samples
create table telemetry.vitals_hourly (
  person_id uuid not null,
  vital text not null,
  hour timestamptz not null,
  samples integer not null,
  doubted integer not null,
  mean double precision,
  lowest real,
  lowest_at timestamptz,
  highest real,
  highest_at timestamptz,
  first_value real,
  first_at timestamptz,
  last_value real,
  last_at timestamptz,
  primary key (person_id, vital, hour),
  check ((samples = 0) = (mean is null))
);

-- The same by day. subject: person_id; retention: health
create table telemetry.vitals_daily (
  person_id uuid not null,
  vital text not null,
  day timestamptz not null,
  samples integer not null,
  doubted integer not null,
  mean double precision,
  lowest real,
  lowest_at timestamptz,
  highest real,
  highest_at timestamptz,
  first_value real,
  first_at timestamptz,
  last_value real,
  last_at timestamptz,
  primary key (person_id, vital, day),
  check ((samples = 0) = (mean is null))
);

-- How far the samples are counted. subject: none; retention: system
create table telemetry.vitals_counted (
  is_only boolean primary key default true check (is_only),
  -- Every sample whose transaction is below this is counted.
  below_xid bigint not null default 0,
  -- When the newest sample that is counted was received.
  received_at timestamptz not null default '-infinity',
  -- What was received up to this was counted when the database ran on another server, with transactions of its own.
  after_received_at timestamptz not null default '-infinity'
);
