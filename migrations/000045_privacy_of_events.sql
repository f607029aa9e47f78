-- Who sees an event of a calendar, and of which patient it is. What was there before is filled in by `muster backfill
-- calendar-privacy`, in batches beside those who write; a database without events needs none.

-- subject: none; retention: system
create table public.muster_backfills (
  name text primary key,
  state text not null check (state in ('running', 'paused', 'done')),
  -- Up to which row it has looked.
  last_key uuid,
  seen bigint not null default 0,
  filled bigint not null default 0,
  batches integer not null default 0,
  -- Somebody wants it to stop after the batch that it is at.
  pause_asked boolean not null default false,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);

alter table recovery.calendar_events
  add column privacy_level text check (privacy_level in ('private', 'shared', 'clinical')),
  add column patient_id uuid references care.patients (id),
  -- Whatever is written from now on says it; of what is there it is found out later.
  add constraint calendar_events_privacy_level_said check (privacy_level is not null) not valid;

-- What somebody else entered is part of the treatment, what a patient entered is shared with those who treat them, and
-- anything else is its person's alone.
create function recovery.privacy_of(by_user uuid, person uuid, patient uuid) returns text
  language sql immutable as $$
  select case when by_user <> person then 'clinical' when patient is not null then 'shared' else 'private' end
$$;

create function recovery.fill_privacy() returns trigger language plpgsql as $$
begin
  if new.patient_id is null then
    select p.id into new.patient_id from care.patients p where p.user_id = new.person_id;
  end if;
  if new.patient_id is null then
    select p.id into new.patient_id from care.patients p where p.id = new.person_id;
  end if;
  if new.privacy_level is null then
    new.privacy_level := recovery.privacy_of(new.created_by, new.person_id, new.patient_id);
  end if;
  return new;
end
$$;
create trigger fill_privacy before insert or update on recovery.calendar_events
  for each row when (new.privacy_level is null or new.patient_id is null) execute function recovery.fill_privacy();

-- That something is filled in which nobody said is no change of what somebody said.
drop trigger keep_version on recovery.calendar_events;
create trigger keep_version before update on recovery.calendar_events for each row
  when (old.privacy_level is not null
        or to_jsonb(old) - array['privacy_level', 'patient_id'] <> to_jsonb(new) - array['privacy_level', 'patient_id'])
  execute function recovery.keep_version();

do $$
begin
  if not exists (select from recovery.calendar_events) then
    alter table recovery.calendar_events alter column privacy_level set not null;
    alter table recovery.calendar_events drop constraint calendar_events_privacy_level_said;
  end if;
end
$$;
