-- Messages between a patient and those who care for them, and the hours in which professionals see people.

-- subject: patient_id; retention: health
create table care.messages (
  id uuid primary key,
  patient_id uuid not null references care.patients (id),
  sender_id uuid not null references accounts.users (id),
  recipient_id uuid not null references accounts.users (id),
  reply_to_id uuid,
  -- By a trigger: the message that its conversation began with.
  thread_id uuid not null,
  subject text,
  body text not null,
  read_at timestamptz,
  is_read boolean not null generated always as (read_at is not null) stored,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint messages_recipient_id_other check (recipient_id <> sender_id),
  -- What answers it is about the same patient.
  constraint messages_id_patient_id_key unique (id, patient_id),
  -- Deferred, so that messages can be copied in any order. What answers one that was erased goes on standing in its thread.
  constraint messages_reply_to_id_fkey foreign key (reply_to_id, patient_id)
    references care.messages (id, patient_id) on delete set null (reply_to_id) deferrable initially deferred
);
create index messages_patient_created on care.messages (patient_id, created_at desc, id desc);
create index messages_patient_read on care.messages (patient_id, is_read);
create index messages_sender on care.messages (sender_id, created_at desc, id desc);
create index messages_recipient on care.messages (recipient_id, created_at desc, id desc);
create index messages_thread on care.messages (thread_id, created_at desc, id desc);
create index messages_reply_to on care.messages (reply_to_id);
create trigger keep_version before update on care.messages for each row execute function care.keep_version();

-- An answer stands in the thread of what it answers, and is between the same two.
create function care.set_message_thread() returns trigger language plpgsql as $$
declare
  answered record;
begin
  -- A copy of what is here already says where it stands.
  if new.thread_id is not null then
    return new;
  end if;
  new.thread_id := new.id;
  if new.reply_to_id is null then
    return new;
  end if;
  select thread_id, sender_id, recipient_id into answered
    from care.messages where id = new.reply_to_id and patient_id = new.patient_id and removed_at is null;
  if not found or new.sender_id not in (answered.sender_id, answered.recipient_id)
     or new.recipient_id not in (answered.sender_id, answered.recipient_id) then
    raise foreign_key_violation using message = 'no message between these two',
      constraint = 'messages_reply_to_id_fkey';
  end if;
  new.thread_id := answered.thread_id;
  return new;
end
$$;
create trigger thread before insert on care.messages for each row execute function care.set_message_thread();

create table care.doctor_schedules (
  id uuid primary key,
  doctor_id uuid not null references accounts.users (id),
  day_of_week integer not null check (day_of_week between 0 and 6),
  start_time time not null,
  end_time time not null,
  break_start time,
  break_end time,
  is_available boolean not null default true,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint doctor_schedules_end_time_order check (end_time > start_time),
  constraint doctor_schedules_break_end_both check ((break_start is null) = (break_end is null)),
  constraint doctor_schedules_break_end_order check (break_end > break_start),
  constraint doctor_schedules_break_start_inside check (break_start >= start_time and break_end <= end_time),
  -- In minutes of the day.
  constraint doctor_schedules_no_overlap
    exclude using gist (doctor_id with =, day_of_week with =,
      int4range((extract(epoch from start_time) / 60)::integer, (extract(epoch from end_time) / 60)::integer) with &&)
    where (removed_at is null)
);
create index doctor_schedules_doctor on care.doctor_schedules (doctor_id, day_of_week, start_time);
create index doctor_schedules_day on care.doctor_schedules (day_of_week, id);
create index doctor_schedules_available on care.doctor_schedules (is_available, day_of_week);
create trigger keep_version before update on care.doctor_schedules for each row execute function care.keep_version();
