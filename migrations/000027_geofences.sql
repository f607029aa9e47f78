-- Fences around places: what is told when somebody comes in, goes out, or stays.

-- subject: person_id; retention: account
create table telemetry.geofences (
  id uuid primary key,
  person_id uuid not null references accounts.users (id),
  name text not null check (char_length(name) between 1 and 120),
  -- {"center": {"lat", "lng"}, "radiusM"}, GeoJSON Polygon or MultiPolygon, or {"cells": [...]} of H3.
  shape jsonb not null,
  on_enter boolean not null,
  on_exit boolean not null,
  -- Null: nothing is told of staying.
  dwell_after interval check (dwell_after > interval '0'),
  -- {"timezone", "windows": [{"weekday", "fromMin", "toMin"}]}; null: at all times.
  active jsonb,
  -- Whether those who care for the person are told too.
  tells_team boolean not null,
  created_by uuid not null references accounts.users (id),
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
create index geofences_person on telemetry.geofences (person_id);
create index geofences_changed on telemetry.geofences (changed_at);

-- On which side of each fence its person is. subject: person_id; retention: account, because whoever is at home for a
-- month must be told of when they leave it
create table telemetry.geofence_states (
  fence_id uuid primary key references telemetry.geofences (id) on delete cascade,
  person_id uuid not null,
  -- Null: not known yet.
  inside boolean,
  since timestamptz not null,
  has_dwelled boolean not null default false,
  -- Rises with every change; a fence, its person and this name one event.
  version bigint not null,
  changed_at timestamptz not null default now()
);
create index geofence_states_changed on telemetry.geofence_states (changed_at);
create index geofence_states_staying on telemetry.geofence_states (since) where inside and not has_dwelled;
