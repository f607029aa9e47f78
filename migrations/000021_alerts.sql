-- Alerts about people, how each of them goes on, and SOS that a machine raised for one.

-- subject: person_id (an account, or the patient record of somebody who has none); retention: health
create table telemetry.alerts (
  id uuid primary key,
  -- Of the stream alert:<id>, where its history is.
  seq integer not null check (seq > 0),
  person_id uuid not null,
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,30}$'),
  condition text not null check (condition ~ '^[a-z][a-z0-9_]{0,62}$'),
  -- The highest there was.
  severity text not null check (severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
  state text not null check (state in ('open', 'acknowledged', 'assigned', 'resolved', 'cleared')),
  title text not null,
  message text,
  detail jsonb not null,
  count integer not null check (count > 0),
  -- When it was seen first and last; opened when it was written down.
  first_at timestamptz not null,
  last_at timestamptz not null,
  opened_at timestamptz not null,
  alarmed_at timestamptz not null,
  told_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  is_false_alarm boolean not null,
  assigned_at timestamptz,
  assigned_to uuid,
  assigned_by uuid,
  -- Resolved by somebody or cleared by itself: the alert is no more when this is set.
  resolved_at timestamptz,
  resolved_by uuid,
  action_taken text check (char_length(action_taken) between 1 and 2000),
  -- Somebody's inbox has it.
  notified boolean not null,
  escalation_level integer not null check (escalation_level between 0 and 2),
  escalate_at timestamptz,
  sos_state text not null check (sos_state in ('none', 'pending', 'opening', 'opened', 'cancelled', 'no_position')),
  sos_due_at timestamptz,
  sos_id uuid,
  -- The person had an open SOS already.
  sos_attached boolean not null,
  -- Where a device said that it happened.
  location geography(Point, 4326),
  for_dispatchers boolean not null,
  -- What was written last of what was found: sent again it changes nothing.
  batch_id uuid,
  -- When it is looked at again, and by which node that is being done.
  due_at timestamptz,
  lease_until timestamptz,
  owner uuid,
  check ((resolved_at is not null) = (state in ('resolved', 'cleared'))),
  check ((acknowledged_at is null) = (acknowledged_by is null)),
  check ((sos_state in ('pending', 'opening')) = (sos_due_at is not null)),
  check ((sos_state = 'opened') = (sos_id is not null))
);
create unique index alerts_one_open on telemetry.alerts (person_id, condition) where resolved_at is null;
create index alerts_person on telemetry.alerts (person_id, id desc);
create index alerts_assigned on telemetry.alerts (assigned_to) where assigned_to is not null;
create index alerts_dispatchers on telemetry.alerts (id desc) where for_dispatchers;
create index alerts_due on telemetry.alerts (due_at) where due_at is not null;

-- Who does not want a machine to call for help. No row: it may.
-- subject: person_id; retention: health
create table telemetry.alert_settings (
  person_id uuid primary key,
  opens_sos boolean not null,
  changed_by uuid not null,
  changed_at timestamptz not null
);

-- What has happened to each alert: kept with the health record, not with incidents.
create table journal.events_alert partition of journal.events for values in ('alert');

-- The alert for which a machine raised it.
alter table dispatch.sos_requests add column alert_id uuid;
