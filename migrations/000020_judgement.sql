-- What vital signs are judged by, what is known of each person, and the scores that were made of it.

-- What those who care for somebody have set for them. Every change is a new row; the newest counts, the others say what
-- counted when.
-- subject: person_id; retention: health
create table telemetry.thresholds (
  person_id uuid not null,
  version integer not null check (version > 0),
  changed_at timestamptz not null default now(),
  changed_by uuid not null,
  resting_heart_rate_bpm real check (resting_heart_rate_bpm between 20 and 300),
  target_heart_rate_bpm real check (target_heart_rate_bpm between 20 and 300),
  max_heart_rate_bpm real check (max_heart_rate_bpm between 20 and 300),
  systolic_goal_low_mmhg real,
  systolic_goal_high_mmhg real,
  diastolic_goal_low_mmhg real,
  diastolic_goal_high_mmhg real,
  weight_goal_kg real check (weight_goal_kg > 0),
  -- Within three days; 0: not looked for.
  weight_gain_kg real check (weight_gain_kg >= 0),
  -- Of NEWS2: scale 2 is a clinician's order.
  spo2_scale smallint not null check (spo2_scale in (1, 2)),
  scale_ordered_by uuid,
  scale_ordered_at timestamptz,
  is_pregnant boolean not null,
  reason text check (char_length(reason) between 1 and 1000),
  duration_ms integer check (duration_ms >= 0),
  repeat_ms integer check (repeat_ms > 0),
  no_data_after_ms integer check (no_data_after_ms > 0),
  -- Vital signs of which data have to come. Null: whatever comes as a stream.
  expected text[],
  primary key (person_id, version),
  check ((spo2_scale = 2) = (scale_ordered_by is not null)),
  check ((scale_ordered_by is null) = (scale_ordered_at is null)),
  check (reason is not null or (spo2_scale = 1 and not is_pregnant))
);
create index thresholds_changed on telemetry.thresholds (changed_at);

-- The limits of one vital sign in one version; what is null is no limit. No row: the defaults count.
-- subject: person_id; retention: health
create table telemetry.threshold_limits (
  person_id uuid not null,
  version integer not null,
  vital text not null,
  low_critical real,
  low_warning real,
  high_warning real,
  high_critical real,
  margin real check (margin >= 0),
  duration_ms integer check (duration_ms >= 0),
  repeat_ms integer check (repeat_ms > 0),
  primary key (person_id, version, vital),
  foreign key (person_id, version) references telemetry.thresholds (person_id, version)
);

-- What is known of a person as they are judged, put away every few seconds: nothing that could not be made from their
-- samples again. `state` is of the program that wrote it, and `shape` says which can read it.
-- subject: person_id; retention: vitals
create table telemetry.vitals_watch (
  person_id uuid primary key,
  -- When the newest sample came that is in it.
  received_at timestamptz not null,
  shape integer not null,
  state jsonb not null
) with (fillfactor = 50);

-- Scores of NEWS2 as they changed. What is null was not known or too old.
-- subject: person_id; retention: vitals
create table telemetry.news2_scores (
  person_id uuid not null,
  scored_at timestamptz not null,
  scale smallint not null check (scale in (1, 2)),
  complete boolean not null,
  -- Null while it is incomplete.
  total smallint check (total between 0 and 20),
  at_least smallint not null check (at_least between 0 and 20),
  at_most smallint not null check (at_most between at_least and 20),
  -- Of an incomplete score what is certain.
  risk text not null check (risk in ('low', 'low_medium', 'medium', 'high')),
  is_age_unknown boolean not null,
  -- As measured; points are of the value as it is charted.
  respiration_per_min real,
  respiration_points smallint,
  respiration_age_ms bigint,
  spo2_pct real,
  spo2_points smallint,
  spo2_age_ms bigint,
  on_oxygen boolean,
  oxygen_points smallint,
  oxygen_age_ms bigint,
  systolic_mmhg real,
  systolic_points smallint,
  systolic_age_ms bigint,
  pulse_bpm real,
  pulse_points smallint,
  pulse_age_ms bigint,
  consciousness text check (consciousness in ('A', 'C', 'V', 'P', 'U')),
  consciousness_points smallint,
  consciousness_age_ms bigint,
  temperature_c real,
  temperature_points smallint,
  temperature_age_ms bigint,
  primary key (person_id, scored_at),
  check (complete = (total is not null)),
  check (total is null or (total = at_least and total = at_most))
);
create index news2_scores_scored on telemetry.news2_scores (scored_at);

-- Records that came through another node are looked for by when they came.
create index vitals_records_received on telemetry.vitals_records (received_at);
