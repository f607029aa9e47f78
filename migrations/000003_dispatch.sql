create schema dispatch;

-- The id is a UUIDv7 by server time, so monthly ranges of it are months, and the primary key stays the id alone.
create table dispatch.sos_requests (
  id uuid primary key,
  client_id uuid not null,
  user_id uuid references accounts.users (id),
  emergency_type text not null
    check (emergency_type in ('MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER')),
  priority text not null check (priority in ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
  location geography(point, 4326) not null,
  description text,
  status text not null check (status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'RESOLVED', 'CANCELLED', 'ESCALATED')),
  accepted_by uuid references accounts.users (id),
  created_at timestamptz not null,
  accepted_at timestamptz check (accepted_at >= created_at),
  started_at timestamptz check (started_at >= accepted_at),
  resolved_at timestamptz check (resolved_at >= accepted_at),
  closed_at timestamptz check (closed_at >= created_at),
  wave integer not null,
  radius_m double precision not null,
  next_wave_at timestamptz,
  escalation_level integer not null,
  policy_version integer not null,
  seq bigint not null,
  check ((status in ('RESOLVED', 'CANCELLED')) = (closed_at is not null)),
  check ((status in ('ACCEPTED', 'IN_PROGRESS')) <= (accepted_by is not null))
) partition by range (id);
create table dispatch.sos_requests_default partition of dispatch.sos_requests default;

create index sos_requests_open on dispatch.sos_requests (created_at desc)
  where status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED');
create index sos_requests_user on dispatch.sos_requests (user_id, created_at desc);
create index sos_requests_accepted_by on dispatch.sos_requests (accepted_by, created_at desc) where accepted_by is not null;
create index sos_requests_status on dispatch.sos_requests (status, created_at desc);
create index sos_requests_location on dispatch.sos_requests using gist (location);

create table dispatch.sos_offers (
  sos_id uuid not null references dispatch.sos_requests (id),
  id uuid not null,
  responder_id uuid not null references accounts.users (id),
  wave integer not null,
  distance_m double precision not null,
  eta_ms double precision not null,
  status text not null check (status in ('OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'CLOSED')),
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  answered_at timestamptz,
  primary key (sos_id, id)
) partition by range (sos_id);
create table dispatch.sos_offers_default partition of dispatch.sos_offers default;
create index sos_offers_responder on dispatch.sos_offers (responder_id, sent_at desc);

create table dispatch.sos_slots (
  sos_id uuid not null references dispatch.sos_requests (id),
  slot integer not null,
  role text not null check (role in ('PRIMARY', 'SUPPORT')),
  holder_id uuid references accounts.users (id),
  offer_id uuid,
  held_at timestamptz,
  primary key (sos_id, slot)
) partition by range (sos_id);
create table dispatch.sos_slots_default partition of dispatch.sos_slots default;

-- One person holds one slot anywhere. A table of its own, because a unique index on a partitioned table would
-- have to contain the partition key and so could not see two different SOS.
create table dispatch.holders (
  user_id uuid primary key references accounts.users (id),
  sos_id uuid not null,
  slot integer not null,
  unique (sos_id, slot)
);

create table dispatch.sos_rejections (
  sos_id uuid not null references dispatch.sos_requests (id),
  volunteer_id uuid not null references accounts.users (id),
  created_at timestamptz not null,
  primary key (sos_id, volunteer_id)
) partition by range (sos_id);
create table dispatch.sos_rejections_default partition of dispatch.sos_rejections default;
create index sos_rejections_volunteer on dispatch.sos_rejections (volunteer_id);

create table dispatch.sos_cancellations (
  sos_id uuid not null references dispatch.sos_requests (id),
  id uuid not null,
  volunteer_id uuid not null references accounts.users (id),
  reason text,
  created_at timestamptz not null,
  primary key (sos_id, id)
) partition by range (sos_id);
create table dispatch.sos_cancellations_default partition of dispatch.sos_cancellations default;
create index sos_cancellations_volunteer on dispatch.sos_cancellations (volunteer_id);

create table dispatch.chat_messages (
  sos_id uuid not null references dispatch.sos_requests (id),
  id uuid not null,
  sender_id uuid not null references accounts.users (id),
  content text not null,
  is_read boolean not null default false,
  created_at timestamptz not null,
  primary key (sos_id, id)
) partition by range (sos_id);
create table dispatch.chat_messages_default partition of dispatch.chat_messages default;
create index chat_messages_sos on dispatch.chat_messages (sos_id, created_at);
create index chat_messages_sender on dispatch.chat_messages (sender_id);

-- Every open SOS without a holder has a row here: when somebody must look at it again, by this database's clock.
create table dispatch.deadlines (
  sos_id uuid primary key,
  due_at timestamptz not null,
  lease_until timestamptz,
  owner uuid
);
create index deadlines_due on dispatch.deadlines (due_at);

-- What matching knows of a person. Filled from accounts and telemetry; never read by them.
create table dispatch.responders (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  skills text[] not null,
  verified boolean not null,
  available boolean not null,
  location geography(point, 4326),
  located_at timestamptz,
  updated_at timestamptz not null default now()
);
create index responders_location on dispatch.responders using gist (location);

create table dispatch.policies (
  version integer primary key,
  body jsonb not null,
  created_by uuid references accounts.users (id),
  created_at timestamptz not null default now()
);
