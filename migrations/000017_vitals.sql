-- Vital signs. Times are the server's; what a device said by its own clock is kept beside it.

-- Lanes of their own, so that a backlog of positions holds up neither vital signs nor alarms.
alter table telemetry.device_cursors drop constraint device_cursors_lane_check;
alter table telemetry.device_cursors add constraint device_cursors_lane_check
  check (lane in ('sos', 'alarm', 'chat', 'vitals', 'telemetry'));

-- What devices measured. `person_id` is the account of whom it is about.
-- subject: person_id; retention: vitals
create table telemetry.vitals_samples (
  received_at timestamptz not null,
  person_id uuid not null,
  device_id uuid not null,
  epoch uuid not null,
  seq bigint not null,
  source text not null check (source in ('device', 'import', 'sync')),
  -- By the server's clock: received_at less the age that the device stated.
  recorded_at timestamptz not null,
  device_at timestamptz not null,
  heart_rate_bpm real,
  systolic_mmhg real,
  diastolic_mmhg real,
  spo2_pct real,
  respiration_per_min real,
  temperature_c real,
  oxygen_lpm real,
  weight_kg real,
  glucose_mmol_l real,
  consciousness text check (consciousness in ('A', 'C', 'V', 'P', 'U')),
  on_oxygen boolean,
  -- Values that are kept but not believed, as `column:reason`.
  doubts text[] not null default '{}',
  late boolean not null,
  primary key (person_id, device_id, epoch, seq, received_at)
) partition by range (received_at);
create table telemetry.vitals_samples_default partition of telemetry.vitals_samples default;
create index vitals_samples_person_time on telemetry.vitals_samples (person_id, recorded_at);

-- What people and other systems put on record: kept as part of the health record. `person_id` is an account, or the
-- patient record of somebody who has none.
-- subject: person_id; retention: health
create table telemetry.vitals_records (
  id uuid primary key,
  person_id uuid not null,
  source text not null check (source in ('manual', 'fhir')),
  -- Who or what put it there: an account, or the name of a system.
  entered_by uuid,
  device_source text check (char_length(device_source) between 1 and 200),
  recorded_at timestamptz not null,
  received_at timestamptz not null default now(),
  heart_rate_bpm real,
  systolic_mmhg real,
  diastolic_mmhg real,
  spo2_pct real,
  respiration_per_min real,
  temperature_c real,
  oxygen_lpm real,
  weight_kg real,
  glucose_mmol_l real,
  consciousness text check (consciousness in ('A', 'C', 'V', 'P', 'U')),
  on_oxygen boolean,
  doubts text[] not null default '{}',
  late boolean not null,
  notes text check (char_length(notes) between 1 and 4000),
  -- Said by mistake. It stays, and counts nowhere.
  retracted_at timestamptz,
  retracted_by uuid
);
create index vitals_records_person_time on telemetry.vitals_records (person_id, recorded_at);

-- All that is known and not taken back.
create view telemetry.vitals as
  select person_id, recorded_at, received_at, source, device_id, null::uuid as record_id,
         heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
         weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, late
    from telemetry.vitals_samples
  union all
  select person_id, recorded_at, received_at, source, null::uuid, id,
         heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
         weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, late
    from telemetry.vitals_records
   where retracted_at is null;

-- Samples are kept for 90 days, counted from the end of their day; see forget_positions.
create function telemetry.forget_vitals(most integer)
  returns integer language plpgsql security definer
  set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  kept_from constant timestamptz := now() - interval '90 days';
  day text;
  forgotten integer;
begin
  select c.relname into day
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'telemetry.vitals_samples'::regclass and c.relname ~ '^vitals_samples_\d{4}_\d{2}_\d{2}$'
     and to_date(right(c.relname, 10), 'YYYY_MM_DD') + 1 <= kept_from at time zone 'UTC'
   order by c.relname limit 1;
  if found then
    execute format('drop table telemetry.%I', day);
    return 1;
  end if;
  delete from telemetry.vitals_samples_default
   where ctid = any(array(select ctid from telemetry.vitals_samples_default
                           where received_at < kept_from limit most));
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
revoke execute on function telemetry.forget_vitals(integer) from public;
