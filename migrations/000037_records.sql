-- Records: what is declared in src/schema/records has a table here each. What all of them have: a version that every
-- change raises, who made and who changed them, and whether they were taken back.

-- Equality beside ranges in one exclusion constraint.
create extension if not exists btree_gist;

create schema recovery;

-- What each version of a record was before the next one replaced it.
-- subject: person_id; retention: health
create table care.record_history (
  record_id uuid not null,
  version integer not null,
  kind text not null,
  person_id uuid,
  patient_id uuid,
  was jsonb not null,
  -- Why it was replaced, where somebody said so.
  reason text,
  replaced_at timestamptz not null default clock_timestamp(),
  primary key (record_id, version)
);
create index record_history_person on care.record_history (person_id) where person_id is not null;
create index record_history_patient on care.record_history (patient_id) where patient_id is not null;

create function care.keep_version() returns trigger language plpgsql as $$
declare
  was constant jsonb := to_jsonb(old) - 'search';
begin
  insert into care.record_history (record_id, version, kind, person_id, patient_id, was, reason)
  values (old.id, old.version, tg_table_name, coalesce(was ->> 'person_id', was ->> 'user_id')::uuid,
          case when tg_table_name = 'patients' then old.id else (was ->> 'patient_id')::uuid end, was,
          nullif(current_setting('muster.reason', true), ''));
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;

-- subject: person_id; retention: health
create table recovery.record_history (
  record_id uuid not null,
  version integer not null,
  kind text not null,
  person_id uuid,
  patient_id uuid,
  was jsonb not null,
  -- Why it was replaced, where somebody said so.
  reason text,
  replaced_at timestamptz not null default clock_timestamp(),
  primary key (record_id, version)
);
create index record_history_person on recovery.record_history (person_id) where person_id is not null;
create index record_history_patient on recovery.record_history (patient_id) where patient_id is not null;

create function recovery.keep_version() returns trigger language plpgsql as $$
declare
  was constant jsonb := to_jsonb(old) - 'search';
begin
  insert into recovery.record_history (record_id, version, kind, person_id, patient_id, was, reason)
  values (old.id, old.version, tg_table_name, (was ->> 'person_id')::uuid, (was ->> 'patient_id')::uuid, was,
          nullif(current_setting('muster.reason', true), ''));
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;

alter table care.patients
  add column blood_type text check (blood_type in ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')),
  add column insurance_provider text,
  add column insurance_policy_number text,
  add column insurance_group_number text,
  add column preferred_pharmacy text,
  add column pharmacy_phone text,
  add column medication_allergies text,
  add column other_allergies text,
  add column chronic_conditions text,
  add column medical_history text,
  add column medications_note text,
  add column surgery_on date,
  add column surgery_type text,
  add column discharge_summary text,
  add column smoking_status text check (smoking_status in ('never', 'former', 'current')),
  add column alcohol_use text check (alcohol_use in ('none', 'occasional', 'moderate', 'heavy')),
  add column occupation text,
  add column education text,
  add column living_situation text,
  add column primary_caregiver text,
  add column current_stage text,
  add column target_heart_rate_bpm integer check (target_heart_rate_bpm between 20 and 250),
  add column max_heart_rate_bpm integer check (max_heart_rate_bpm between 20 and 250),
  add column resting_heart_rate_bpm integer check (resting_heart_rate_bpm between 20 and 250),
  add column systolic_goal_mmhg integer check (systolic_goal_mmhg between 50 and 300),
  add column diastolic_goal_mmhg integer check (diastolic_goal_mmhg between 20 and 200),
  add column weight_goal_kg numeric check (weight_goal_kg between 1 and 700),
  add column notes text,
  add column version integer not null default 1,
  add column updated_by uuid references accounts.users (id),
  add column removed_at timestamptz,
  add column removed_by uuid references accounts.users (id),
  add constraint patients_removed check ((removed_at is null) = (removed_by is null)),
  add column search tsvector generated always as (
    to_tsvector('simple'::regconfig,
      first_name || ' ' || last_name || ' ' || translate(coalesce(email, ''), '@.+-_', '     ') || ' ' ||
      regexp_replace(coalesce(phone, ''), '\D', '', 'g') || ' ' ||
      regexp_replace(coalesce(alternate_phone, ''), '\D', '', 'g'))) stored;
create index patients_search on care.patients using gin (search);
create index patients_last_name on care.patients (last_name, id);
create index patients_email on care.patients (email);
create index patients_phone on care.patients (phone);
create index patients_date_of_birth on care.patients (date_of_birth);
create index patients_city on care.patients (city);
create index patients_is_active on care.patients (is_active);
create trigger keep_version before update on care.patients for each row execute function care.keep_version();

-- subject: person_id; retention: health
create table care.providers (
  id uuid primary key,
  person_id uuid not null,
  name text not null,
  specialty text,
  phone text,
  email text,
  address text,
  notes text,
  next_appointment_at timestamptz,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create index providers_person_name on care.providers (person_id, name, id);
create index providers_person_specialty on care.providers (person_id, specialty);
create index providers_person_next on care.providers (person_id, next_appointment_at);
create trigger keep_version before update on care.providers for each row execute function care.keep_version();

-- subject: person_id; retention: health
create table care.medications (
  id uuid primary key,
  person_id uuid not null,
  name text not null,
  dosage text,
  frequency text,
  time_of_day text,
  starts_on date,
  ends_on date,
  prescribed_by text,
  purpose text,
  side_effects text,
  instructions text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  check (ends_on >= starts_on),
  -- What refers to it is of the same person.
  unique (id, person_id)
);
create index medications_person_name on care.medications (person_id, name, id);
create index medications_person_starts on care.medications (person_id, starts_on);
create index medications_person_ends on care.medications (person_id, ends_on);
create trigger keep_version before update on care.medications for each row execute function care.keep_version();

-- subject: person_id; retention: health
create table care.medication_logs (
  id uuid primary key,
  person_id uuid not null,
  medication_id uuid not null,
  taken_at timestamptz not null,
  dosage_taken text,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint medication_logs_medication_id_fkey foreign key (medication_id, person_id)
    references care.medications (id, person_id)
);
create index medication_logs_person_taken on care.medication_logs (person_id, taken_at desc, id desc);
create index medication_logs_medication on care.medication_logs (medication_id, taken_at desc);
create trigger keep_version before update on care.medication_logs for each row execute function care.keep_version();

-- subject: patient_id; retention: health
create table care.prescriptions (
  id uuid primary key,
  patient_id uuid not null references care.patients (id),
  doctor_id uuid not null references accounts.users (id),
  medication text not null,
  dosage text not null,
  frequency text not null,
  instructions text,
  status text not null default 'pending'
    check (status in ('pending', 'active', 'completed', 'stopped', 'cancelled')),
  refills_allowed integer not null default 0 check (refills_allowed between 0 and 99),
  refills_used integer not null default 0 check (refills_used between 0 and 99),
  starts_on date,
  ends_on date,
  pharmacy_id text,
  pharmacy_name text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  check (ends_on >= starts_on),
  constraint prescriptions_refills_used_max check (refills_used <= refills_allowed)
);
create index prescriptions_patient_created on care.prescriptions (patient_id, created_at desc, id desc);
create index prescriptions_patient_status on care.prescriptions (patient_id, status);
create index prescriptions_patient_ends on care.prescriptions (patient_id, ends_on);
create index prescriptions_doctor on care.prescriptions (doctor_id, created_at desc, id desc);
create trigger keep_version before update on care.prescriptions for each row execute function care.keep_version();

-- subject: patient_id; retention: health
create table care.appointments (
  id uuid primary key,
  patient_id uuid not null references care.patients (id),
  doctor_id uuid not null references accounts.users (id),
  starts_at timestamptz not null,
  duration_min integer not null check (duration_min between 15 and 480),
  -- By a trigger: how long an hour takes depends on no time zone, but a generated column may not know that.
  ends_at timestamptz not null,
  kind text not null default 'consultation'
    check (kind in ('consultation', 'follow-up', 'procedure', 'emergency')),
  status text not null default 'scheduled'
    check (status in ('scheduled', 'confirmed', 'in-progress', 'completed', 'cancelled', 'no-show')),
  reason text not null,
  notes text,
  pre_authorization_number text,
  pre_authorization_status text check (pre_authorization_status in ('requested', 'approved', 'denied')),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint appointments_no_overlap
    exclude using gist (doctor_id with =, tstzrange(starts_at, ends_at) with &&)
    where (status in ('scheduled', 'confirmed', 'in-progress') and removed_at is null)
);
create function care.set_appointment_end() returns trigger language plpgsql as $$
begin
  new.ends_at := new.starts_at + make_interval(mins => new.duration_min);
  return new;
end
$$;
create trigger ends_at before insert or update of starts_at, duration_min, ends_at on care.appointments
  for each row execute function care.set_appointment_end();
create index appointments_patient_starts on care.appointments (patient_id, starts_at desc, id desc);
create index appointments_patient_status on care.appointments (patient_id, status);
create index appointments_patient_kind on care.appointments (patient_id, kind);
create index appointments_doctor_starts on care.appointments (doctor_id, starts_at desc, id desc);
create index appointments_starts on care.appointments (starts_at desc, id desc);
create index appointments_open on care.appointments (starts_at)
  where status in ('scheduled', 'confirmed') and removed_at is null;
create trigger keep_version before update on care.appointments for each row execute function care.keep_version();

-- subject: patient_id; retention: health
create table care.medical_records (
  id uuid primary key,
  patient_id uuid not null references care.patients (id),
  author_id uuid not null references accounts.users (id),
  kind text not null check (kind in ('note', 'history', 'diagnosis', 'lab', 'imaging', 'procedure', 'discharge',
    'consent', 'certificate')),
  title text not null,
  content text not null,
  code text,
  recorded_on date not null,
  signed_at timestamptz,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create index medical_records_patient_recorded on care.medical_records (patient_id, recorded_on desc, id desc);
create index medical_records_patient_kind on care.medical_records (patient_id, kind);
create index medical_records_author on care.medical_records (author_id, recorded_on desc, id desc);
create trigger keep_version before update on care.medical_records for each row execute function care.keep_version();

-- subject: person_id; retention: health
create table recovery.hydration_logs (
  id uuid primary key,
  person_id uuid not null,
  logged_on date not null,
  amount_ml numeric not null check (amount_ml between 0 and 20000),
  goal_ml numeric check (goal_ml between 0 and 20000),
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create index hydration_logs_person_logged on recovery.hydration_logs (person_id, logged_on desc, id desc);
create trigger keep_version before update on recovery.hydration_logs
  for each row execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.sleep_logs (
  id uuid primary key,
  person_id uuid not null,
  slept_on date not null,
  bed_at timestamptz,
  woke_at timestamptz,
  total_hours numeric check (total_hours between 0 and 48),
  quality integer check (quality between 1 and 5),
  interruptions integer check (interruptions between 0 and 200),
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  check (woke_at >= bed_at)
);
create index sleep_logs_person_slept on recovery.sleep_logs (person_id, slept_on desc, id desc);
create trigger keep_version before update on recovery.sleep_logs
  for each row execute function recovery.keep_version();

create table recovery.food_categories (
  id uuid primary key,
  name text not null,
  description text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create unique index food_categories_name_key on recovery.food_categories (lower(name)) where removed_at is null;
create index food_categories_name on recovery.food_categories (name, id);
create trigger keep_version before update on recovery.food_categories
  for each row execute function recovery.keep_version();

create table recovery.food_items (
  id uuid primary key,
  category_id uuid references recovery.food_categories (id),
  name text not null,
  serving_size text,
  energy_kcal integer check (energy_kcal between 0 and 20000),
  protein_g numeric check (protein_g between 0 and 10000),
  carbs_g numeric check (carbs_g between 0 and 10000),
  fat_g numeric check (fat_g between 0 and 10000),
  fiber_g numeric check (fiber_g between 0 and 10000),
  sodium_mg integer check (sodium_mg between 0 and 100000),
  health_rating integer check (health_rating between 1 and 5),
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  search tsvector generated always as (to_tsvector('simple'::regconfig, name || ' ' || coalesce(notes, ''))) stored
);
create index food_items_name on recovery.food_items (name, id);
create index food_items_category on recovery.food_items (category_id, name);
create index food_items_health_rating on recovery.food_items (health_rating);
create index food_items_search on recovery.food_items using gin (search);
create trigger keep_version before update on recovery.food_items
  for each row execute function recovery.keep_version();

create table recovery.exercises (
  id uuid primary key,
  name text not null,
  category text,
  description text,
  instructions text,
  video_url text,
  image_url text,
  difficulty text check (difficulty in ('beginner', 'intermediate', 'advanced')),
  target_muscles text,
  equipment text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  search tsvector generated always as (
    to_tsvector('simple'::regconfig, name || ' ' || coalesce(category, '') || ' ' || coalesce(target_muscles, '') || ' '
      || coalesce(equipment, ''))) stored
);
create index exercises_name on recovery.exercises (name, id);
create index exercises_category on recovery.exercises (category, name);
create index exercises_difficulty on recovery.exercises (difficulty);
create index exercises_search on recovery.exercises using gin (search);
create trigger keep_version before update on recovery.exercises
  for each row execute function recovery.keep_version();

-- Each patient who is cared for, with what follows from their days.
create view care.patient_summary as
  select p.id, p.user_id, p.first_name, p.last_name, a.name as account_name, a.status as account_status,
         p.date_of_birth, extract(year from age(p.date_of_birth))::integer as age, p.gender, p.blood_type, p.email,
         p.phone, p.medication_allergies, p.other_allergies, p.chronic_conditions, p.insurance_provider,
         p.insurance_policy_number, p.surgery_on,
         case when p.surgery_on <= current_date then (current_date - p.surgery_on) / 7 end as post_op_week,
         p.current_stage
    from care.patients p left join accounts.people a on a.id = p.user_id
   where p.is_active and p.removed_at is null;

create view care.upcoming_appointments as
  select b.id, b.patient_id, p.first_name || ' ' || p.last_name as patient_name, b.doctor_id, d.name as doctor_name,
         b.starts_at, b.ends_at, b.duration_min, b.kind, b.status, b.reason
    from care.appointments b
    join care.patients p on p.id = b.patient_id
    left join accounts.people d on d.id = b.doctor_id
   where b.status in ('scheduled', 'confirmed') and b.removed_at is null and b.starts_at >= now();

create view care.active_prescriptions as
  select r.id, r.patient_id, p.first_name || ' ' || p.last_name as patient_name, r.doctor_id, d.name as doctor_name,
         r.medication, r.dosage, r.frequency, r.refills_allowed - r.refills_used as refills_left, r.starts_on, r.ends_on,
         r.pharmacy_name
    from care.prescriptions r
    join care.patients p on p.id = r.patient_id
    left join accounts.people d on d.id = r.doctor_id
   where r.status = 'active' and r.removed_at is null and (r.ends_on is null or r.ends_on >= current_date);

-- That records of somebody have changed, told to those who follow them; what they say is in their tables.
create table journal.events_record partition of journal.events for values in ('record') partition by hash (stream_id);
create table journal.events_record_0 partition of journal.events_record for values with (modulus 4, remainder 0);
create table journal.events_record_1 partition of journal.events_record for values with (modulus 4, remainder 1);
create table journal.events_record_2 partition of journal.events_record for values with (modulus 4, remainder 2);
create table journal.events_record_3 partition of journal.events_record for values with (modulus 4, remainder 3);

-- They are kept for 30 days, like inboxes. Up to `most` of the oldest go; the answer: how many did.
create function journal.forget_record_changes(most integer) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  kept_from constant timestamptz := now() - interval '30 days';
  stream record;
  young bigint;
  gone integer;
  forgotten integer := 0;
begin
  for stream in
    select stream_id, head from journal.streams
     where kind = 'record' and stream_id in (
       select stream_id from (select stream_id from journal.events where kind = 'record' and at < kept_from
                               order by at limit most) oldest)
     order by stream_id for update skip locked
  loop
    exit when forgotten >= most;
    select seq into young from journal.events
     where kind = 'record' and stream_id = stream.stream_id and at >= kept_from order by seq limit 1;
    young := coalesce(young, stream.head + 1);
    delete from journal.events
     where kind = 'record' and stream_id = stream.stream_id and seq in (
       select seq from journal.events where kind = 'record' and stream_id = stream.stream_id and seq < young
        order by seq limit most - forgotten);
    get diagnostics gone = row_count;
    forgotten := forgotten + gone;
    update journal.streams s
       set low = coalesce((select min(e.seq) from journal.events e
                            where e.kind = 'record' and e.stream_id = s.stream_id), s.head + 1)
     where s.kind = 'record' and s.stream_id = stream.stream_id;
  end loop;
  return forgotten;
end
$$;
create index events_record_at on journal.events_record (at);
