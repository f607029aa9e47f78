-- Records of rehabilitation: phases and what is done in them, exercise that is prescribed and done, goals, scores, meals with
-- what they held in all, calendars. What nobody may say but the database works out or holds together is in triggers here.

create table recovery.therapy_phases (
  id uuid primary key,
  name text not null,
  week_start integer not null check (week_start between 0 and 520),
  week_end integer not null check (week_end between 0 and 520),
  description text,
  goals text,
  restrictions text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint therapy_phases_week_end_order check (week_end >= week_start)
);
create index therapy_phases_week_start on recovery.therapy_phases (week_start, id);
create index therapy_phases_week_end on recovery.therapy_phases (week_end);
create index therapy_phases_name on recovery.therapy_phases (name, id);
create trigger keep_version before update on recovery.therapy_phases
  for each row execute function recovery.keep_version();

create table recovery.therapy_routines (
  id uuid primary key,
  phase_id uuid not null references recovery.therapy_phases (id),
  name text not null,
  frequency text,
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
create index therapy_routines_name on recovery.therapy_routines (name, id);
create index therapy_routines_phase on recovery.therapy_routines (phase_id, name, id);
create trigger keep_version before update on recovery.therapy_routines
  for each row execute function recovery.keep_version();

create table recovery.activities (
  id uuid primary key,
  routine_id uuid not null references recovery.therapy_routines (id),
  name text not null,
  description text,
  duration_min integer check (duration_min between 1 and 1440),
  position integer not null default 0 check (position between 0 and 10000),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create index activities_position on recovery.activities (position, id);
create index activities_name on recovery.activities (name, id);
create index activities_routine on recovery.activities (routine_id, position, id);
create trigger keep_version before update on recovery.activities
  for each row execute function recovery.keep_version();

-- subject: patient_id; retention: health
create table recovery.exercise_prescriptions (
  id uuid primary key,
  patient_id uuid not null references care.patients (id),
  exercise_id uuid not null references recovery.exercises (id),
  sets integer check (sets between 1 and 100),
  reps integer check (reps between 1 and 1000),
  duration_min integer check (duration_min between 1 and 1440),
  frequency text,
  intensity text,
  starts_on date,
  ends_on date,
  status text not null default 'active' check (status in ('active', 'completed', 'discontinued')),
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint exercise_prescriptions_ends_on_order check (ends_on >= starts_on)
);
create index exercise_prescriptions_patient_created on recovery.exercise_prescriptions (patient_id, created_at desc, id desc);
create index exercise_prescriptions_patient_status on recovery.exercise_prescriptions (patient_id, status);
create index exercise_prescriptions_patient_ends on recovery.exercise_prescriptions (patient_id, ends_on);
create index exercise_prescriptions_exercise on recovery.exercise_prescriptions (exercise_id);
create trigger keep_version before update on recovery.exercise_prescriptions
  for each row execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.exercise_logs (
  id uuid primary key,
  person_id uuid not null,
  exercise_id uuid references recovery.exercises (id),
  prescription_id uuid references recovery.exercise_prescriptions (id),
  duration_min integer check (duration_min between 0 and 1440),
  distance_m numeric check (distance_m between 0 and 1000000),
  energy_kcal integer check (energy_kcal between 0 and 20000),
  avg_heart_rate_bpm integer check (avg_heart_rate_bpm between 20 and 250),
  max_heart_rate_bpm integer check (max_heart_rate_bpm between 20 and 250),
  intensity text,
  completed_at timestamptz not null,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint exercise_logs_max_heart_rate_bpm_order check (max_heart_rate_bpm >= avg_heart_rate_bpm)
);
create index exercise_logs_person_completed on recovery.exercise_logs (person_id, completed_at desc, id desc);
create index exercise_logs_exercise on recovery.exercise_logs (exercise_id);
create index exercise_logs_prescription on recovery.exercise_logs (prescription_id, completed_at desc);
create trigger keep_version before update on recovery.exercise_logs
  for each row execute function recovery.keep_version();

-- A prescription is of a patient record, a log of a person: a key can't say that they are the same one.
create function recovery.check_exercise_log() returns trigger language plpgsql as $$
begin
  if new.prescription_id is null then
    return new;
  end if;
  perform 1 from recovery.exercise_prescriptions r join care.patients p on p.id = r.patient_id
    where r.id = new.prescription_id and (p.id = new.person_id or p.user_id = new.person_id);
  if not found then
    raise foreign_key_violation using message = 'a prescription of somebody else',
      constraint = 'exercise_logs_prescription_id_fkey';
  end if;
  return new;
end
$$;
create trigger of_same_person before insert or update of prescription_id, person_id on recovery.exercise_logs
  for each row execute function recovery.check_exercise_log();

-- subject: person_id; retention: health
create table recovery.therapy_goals (
  id uuid primary key,
  person_id uuid not null,
  title text not null,
  category text,
  target_on date,
  progress_pct integer not null default 0 check (progress_pct between 0 and 100),
  status text not null default 'pending' check (status in ('pending', 'in-progress', 'completed', 'cancelled')),
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
create index therapy_goals_person_created on recovery.therapy_goals (person_id, created_at desc, id desc);
create index therapy_goals_person_status on recovery.therapy_goals (person_id, status);
create index therapy_goals_person_target on recovery.therapy_goals (person_id, target_on);
create index therapy_goals_person_category on recovery.therapy_goals (person_id, category);
create trigger keep_version before update on recovery.therapy_goals
  for each row execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.daily_scores (
  id uuid primary key,
  person_id uuid not null,
  scored_on date not null,
  overall_score integer check (overall_score between 0 and 100),
  exercise_score integer check (exercise_score between 0 and 100),
  nutrition_score integer check (nutrition_score between 0 and 100),
  sleep_score integer check (sleep_score between 0 and 100),
  medication_score integer check (medication_score between 0 and 100),
  vitals_score integer check (vitals_score between 0 and 100),
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
create unique index daily_scores_scored_on_key on recovery.daily_scores (person_id, scored_on) where removed_at is null;
create index daily_scores_person_scored on recovery.daily_scores (person_id, scored_on desc, id desc);
create trigger keep_version before update on recovery.daily_scores
  for each row execute function recovery.keep_version();

-- What is removed takes its parts with it: a table of parts, and their column that names what they belong to.
create function recovery.remove_parts() returns trigger language plpgsql as $$
begin
  execute format('update recovery.%I set removed_at = $1, removed_by = $2, updated_by = $2 where %I = $3 and removed_at is null',
                 tg_argv[0], tg_argv[1]) using new.removed_at, new.removed_by, new.id;
  return null;
end
$$;

-- subject: person_id; retention: health
create table recovery.meal_entries (
  id uuid primary key,
  person_id uuid not null,
  meal_type text check (meal_type in ('breakfast', 'lunch', 'dinner', 'snack')),
  eaten_at timestamptz not null,
  total_energy_kcal numeric,
  total_protein_g numeric,
  total_carbs_g numeric,
  total_fat_g numeric,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint meal_entries_id_person_id_key unique (id, person_id)
);
create index meal_entries_person_eaten on recovery.meal_entries (person_id, eaten_at desc, id desc);
create index meal_entries_person_type on recovery.meal_entries (person_id, meal_type);
-- Totals alone are no version: nobody said them.
create trigger keep_version before update on recovery.meal_entries for each row
  when ((old.total_energy_kcal, old.total_protein_g, old.total_carbs_g, old.total_fat_g)
          is not distinct from (new.total_energy_kcal, new.total_protein_g, new.total_carbs_g, new.total_fat_g)
        or (old.person_id, old.meal_type, old.eaten_at, old.notes, old.removed_at, old.updated_by)
          is distinct from (new.person_id, new.meal_type, new.eaten_at, new.notes, new.removed_at, new.updated_by))
  execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.meal_item_entries (
  id uuid primary key,
  person_id uuid not null,
  meal_entry_id uuid not null,
  food_item_id uuid references recovery.food_items (id),
  quantity numeric not null default 1 check (quantity > 0 and quantity <= 1000),
  custom_energy_kcal integer check (custom_energy_kcal between 0 and 20000),
  custom_food_name text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint meal_item_entries_meal_entry_id_fkey foreign key (meal_entry_id, person_id)
    references recovery.meal_entries (id, person_id),
  -- Of the catalogue, or of the person's own; what it holds is said in one place.
  constraint meal_item_entries_food_item_id_or_own check (num_nonnulls(food_item_id, custom_food_name) = 1),
  constraint meal_item_entries_custom_energy_kcal_own check (custom_energy_kcal is null or custom_food_name is not null)
);
create index meal_item_entries_person_created on recovery.meal_item_entries (person_id, created_at desc, id desc);
create index meal_item_entries_meal on recovery.meal_item_entries (meal_entry_id, created_at);
create index meal_item_entries_food on recovery.meal_item_entries (food_item_id);
create trigger keep_version before update on recovery.meal_item_entries
  for each row execute function recovery.keep_version();

create trigger remove_parts after update of removed_at on recovery.meal_entries
  for each row when (old.removed_at is null and new.removed_at is not null)
  execute function recovery.remove_parts('meal_item_entries', 'meal_entry_id');

-- What meals held in all. Who changes the items of one meal at once waits in line, so that each sees what the one before wrote.
create function recovery.add_up_meals(meals uuid[]) returns void language plpgsql as $$
begin
  perform 1 from recovery.meal_entries where id = any(meals) order by id for no key update;
  update recovery.meal_entries m
     set total_energy_kcal = s.energy_kcal, total_protein_g = s.protein_g, total_carbs_g = s.carbs_g,
         total_fat_g = s.fat_g
    from (select e.id, sum(i.quantity * coalesce(f.energy_kcal, i.custom_energy_kcal)) as energy_kcal,
                 sum(i.quantity * f.protein_g) as protein_g, sum(i.quantity * f.carbs_g) as carbs_g,
                 sum(i.quantity * f.fat_g) as fat_g
            from recovery.meal_entries e
            left join recovery.meal_item_entries i on i.meal_entry_id = e.id and i.removed_at is null
            left join recovery.food_items f on f.id = i.food_item_id
           where e.id = any(meals)
           group by e.id) s
   where m.id = s.id and m.removed_at is null
     and (m.total_energy_kcal, m.total_protein_g, m.total_carbs_g, m.total_fat_g)
         is distinct from (s.energy_kcal, s.protein_g, s.carbs_g, s.fat_g);
end
$$;

create function recovery.meal_items_changed() returns trigger language plpgsql as $$
declare
  meals uuid[];
  foods uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct meal_entry_id), array_agg(distinct food_item_id) into meals, foods from put_in;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct meal_entry_id) into meals from taken_out;
  else
    select array_agg(distinct meal_entry_id), array_agg(distinct food_item_id) into meals, foods
      from (select meal_entry_id, food_item_id from put_in
            union all select meal_entry_id, food_item_id from taken_out) c;
  end if;
  if meals is null then
    return null;
  end if;
  -- A food that is corrected at this moment is waited for; whoever corrects it later finds this meal.
  perform 1 from recovery.food_items where id = any(foods) order by id for share;
  perform recovery.add_up_meals(meals);
  if tg_op <> 'DELETE' then
    perform 1 from put_in c join recovery.meal_entries m on m.id = c.meal_entry_id
      where c.removed_at is null and m.removed_at is not null;
    if found then
      raise foreign_key_violation using message = 'a meal that was removed',
        constraint = 'meal_item_entries_meal_entry_id_fkey';
    end if;
  end if;
  return null;
end
$$;
create trigger add_up_new after insert on recovery.meal_item_entries
  referencing new table as put_in for each statement execute function recovery.meal_items_changed();
create trigger add_up_changed after update on recovery.meal_item_entries
  referencing old table as taken_out new table as put_in
  for each statement execute function recovery.meal_items_changed();
create trigger add_up_gone after delete on recovery.meal_item_entries
  referencing old table as taken_out for each statement execute function recovery.meal_items_changed();

create function recovery.food_changed() returns trigger language plpgsql as $$
begin
  perform recovery.add_up_meals(array(
    select distinct meal_entry_id from recovery.meal_item_entries where food_item_id = new.id and removed_at is null));
  return null;
end
$$;
create trigger add_up_meals after update of energy_kcal, protein_g, carbs_g, fat_g on recovery.food_items for each row
  when ((old.energy_kcal, old.protein_g, old.carbs_g, old.fat_g)
          is distinct from (new.energy_kcal, new.protein_g, new.carbs_g, new.fat_g))
  execute function recovery.food_changed();

-- subject: person_id; retention: health
create table recovery.event_templates (
  id uuid primary key,
  person_id uuid not null,
  name text not null,
  category text,
  duration_min integer check (duration_min between 1 and 1440),
  color text check (color ~* '^#[0-9a-f]{6}$'),
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
create index event_templates_person_name on recovery.event_templates (person_id, name, id);
create index event_templates_person_category on recovery.event_templates (person_id, category);
create trigger keep_version before update on recovery.event_templates
  for each row execute function recovery.keep_version();

create table recovery.shared_event_templates (
  id uuid primary key,
  name text not null,
  category text,
  duration_min integer check (duration_min between 1 and 1440),
  color text check (color ~* '^#[0-9a-f]{6}$'),
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
create index shared_event_templates_name on recovery.shared_event_templates (name, id);
create index shared_event_templates_category on recovery.shared_event_templates (category, name);
create trigger keep_version before update on recovery.shared_event_templates
  for each row execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.calendars (
  id uuid primary key,
  person_id uuid not null,
  name text not null,
  color text check (color ~* '^#[0-9a-f]{6}$'),
  is_default boolean not null default false,
  is_visible boolean not null default true,
  description text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint calendars_id_person_id_key unique (id, person_id)
);
create unique index calendars_is_default_key on recovery.calendars (person_id) where is_default and removed_at is null;
create index calendars_person_name on recovery.calendars (person_id, name, id);
create index calendars_person_default on recovery.calendars (person_id, is_default);
create trigger keep_version before update on recovery.calendars
  for each row execute function recovery.keep_version();

-- subject: person_id; retention: health
create table recovery.calendar_events (
  id uuid primary key,
  person_id uuid not null,
  calendar_id uuid not null,
  title text not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  is_all_day boolean not null default false,
  location text,
  category text,
  status text not null default 'pending' check (status in ('pending', 'completed', 'cancelled')),
  recurrence_rule text constraint calendar_events_recurrence_rule_form
    check (recurrence_rule ~ '(^|;)FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)'),
  recurrence_exceptions text[],
  parent_event_id uuid,
  color text check (color ~* '^#[0-9a-f]{6}$'),
  description text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint calendar_events_id_person_id_key unique (id, person_id),
  constraint calendar_events_ends_at_order check (ends_at >= starts_at),
  constraint calendar_events_recurrence_exceptions_rule check (recurrence_exceptions is null or recurrence_rule is not null),
  -- One day of an event that comes again does not come again itself.
  constraint calendar_events_parent_event_id_single check (parent_event_id is null or recurrence_rule is null),
  constraint calendar_events_calendar_id_fkey foreign key (calendar_id, person_id)
    references recovery.calendars (id, person_id),
  -- Deferred, so that events can be copied in any order.
  constraint calendar_events_parent_event_id_fkey foreign key (parent_event_id, person_id)
    references recovery.calendar_events (id, person_id) on delete set null (parent_event_id)
    deferrable initially deferred
);
create index calendar_events_person_starts on recovery.calendar_events (person_id, starts_at desc, id desc);
create index calendar_events_person_status on recovery.calendar_events (person_id, status);
create index calendar_events_person_category on recovery.calendar_events (person_id, category);
create index calendar_events_calendar on recovery.calendar_events (calendar_id, starts_at);
create index calendar_events_parent on recovery.calendar_events (parent_event_id);
create trigger keep_version before update on recovery.calendar_events
  for each row execute function recovery.keep_version();

create trigger remove_parts after update of removed_at on recovery.calendars
  for each row when (old.removed_at is null and new.removed_at is not null)
  execute function recovery.remove_parts('calendar_events', 'calendar_id');
create trigger remove_parts after update of removed_at on recovery.calendar_events
  for each row when (old.removed_at is null and new.removed_at is not null)
  execute function recovery.remove_parts('calendar_events', 'parent_event_id');

-- An event goes into a calendar that was not removed; what names another one names one that comes again.
create function recovery.check_calendar_event() returns trigger language plpgsql as $$
begin
  if new.removed_at is not null then
    return null;
  end if;
  if tg_op = 'INSERT' or new.calendar_id is distinct from old.calendar_id then
    perform 1 from recovery.calendars where id = new.calendar_id and removed_at is null for share;
    if not found then
      raise foreign_key_violation using message = 'a calendar that was removed',
        constraint = 'calendar_events_calendar_id_fkey';
    end if;
  end if;
  if new.parent_event_id is not null
     and (tg_op = 'INSERT' or new.parent_event_id is distinct from old.parent_event_id) then
    perform 1 from recovery.calendar_events
      where id = new.parent_event_id and removed_at is null and recurrence_rule is not null for share;
    if not found then
      raise foreign_key_violation using message = 'no event that comes again',
        constraint = 'calendar_events_parent_event_id_fkey';
    end if;
  end if;
  return null;
end
$$;
create constraint trigger of_what_stands after insert on recovery.calendar_events
  deferrable initially deferred for each row execute function recovery.check_calendar_event();
create constraint trigger of_what_stands_then after update on recovery.calendar_events
  deferrable initially deferred for each row
  when ((old.calendar_id, old.parent_event_id) is distinct from (new.calendar_id, new.parent_event_id))
  execute function recovery.check_calendar_event();
