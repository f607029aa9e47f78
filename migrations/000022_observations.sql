-- Observations of FHIR R4: what other systems say of somebody's vital signs, in their own words and with every version.
-- What of it counts as a sample is a row of telemetry.vitals_records with the same id.

-- subject: person_id; retention: health
create table telemetry.observations (
  id uuid primary key,
  -- As in telemetry.vitals_records.
  person_id uuid not null,
  -- The account that sent it first, within whose identifiers it is known.
  submitted_by uuid not null,
  identifier_system text check (char_length(identifier_system) between 1 and 300),
  identifier_value text check (char_length(identifier_value) between 1 and 1000),
  -- The newest, with what is searched by.
  version integer not null check (version > 0),
  status text not null,
  -- Of LOINC, or of SNOMED CT where LOINC has none.
  code text not null,
  -- Where it stands among others.
  recorded_at timestamptz not null,
  -- When it was so; a date is a whole day, a period can be open at an end.
  from_at timestamptz not null,
  to_at timestamptz not null
);
create unique index observations_identifier
  on telemetry.observations (identifier_value, coalesce(identifier_system, ''), submitted_by)
  where identifier_value is not null;
create index observations_person_time on telemetry.observations (person_id, recorded_at);

-- subject: person_id; retention: health
create table telemetry.observation_versions (
  observation_id uuid not null references telemetry.observations (id),
  version integer not null,
  person_id uuid not null,
  status text not null check (status in
    ('registered', 'unknown', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error')),
  code text not null,
  effective_kind text check (effective_kind in ('dateTime', 'instant', 'period')),
  -- As they were said: how exactly is part of it.
  effective_start text,
  effective_end text,
  issued text,
  device text check (char_length(device) between 1 and 200),
  notes text check (char_length(notes) between 1 and 4000),
  -- References to what belongs to a panel.
  members text[] not null default '{}',
  by_account uuid not null,
  at timestamptz not null,
  primary key (observation_id, version)
);

-- subject: person_id; retention: health
create table telemetry.observation_values (
  observation_id uuid not null,
  version integer not null,
  place smallint not null,
  person_id uuid not null,
  code text not null,
  -- In the unit of its code, as src/telemetry/fhir/codes.ts has it.
  number double precision,
  choice text,
  -- Why there is no value.
  absent text,
  primary key (observation_id, version, place),
  foreign key (observation_id, version) references telemetry.observation_versions (observation_id, version)
);
