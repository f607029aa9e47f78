-- Broadcasts to everybody in an area, shifts of dispatchers, and what becomes of hand-offs.

-- subject: none (what was said to all, by whom); retention: incident
create table dispatch.area_broadcasts (
  id uuid primary key,
  created_by uuid not null references accounts.users (id),
  created_at timestamptz not null,
  -- GeoJSON Polygon or MultiPolygon, or {"cells": [...]} of H3.
  area jsonb not null,
  audience text not null check (audience in ('responders', 'everybody')),
  on_duty_only boolean not null,
  seen_within interval not null,
  severity text not null check (severity in ('MINOR', 'MODERATE', 'SEVERE', 'EXTREME')),
  message text not null,
  until_at timestamptz not null check (until_at > created_at),
  -- choosing: recipients are being looked up; sending, ending: inboxes are being written.
  state text not null check (state in ('choosing', 'sending', 'sent', 'ending', 'ended')),
  recipients integer not null default 0,
  told integer not null default 0,
  delivered integer not null default 0,
  seen integer not null default 0,
  ended_at timestamptz,
  ended_by uuid references accounts.users (id),
  check ((state in ('ending', 'ended')) = (ended_at is not null))
);
create index area_broadcasts_unfinished on dispatch.area_broadcasts (created_at)
  where state in ('choosing', 'sending', 'ending');

-- Who was in the area. subject: user_id; retention: track, because it says where somebody was
create table dispatch.broadcast_recipients (
  broadcast_id uuid not null references dispatch.area_broadcasts (id),
  user_id uuid not null references accounts.users (id),
  chosen_at timestamptz not null,
  -- Null: their inbox does not have it yet.
  told_at timestamptz,
  delivered_at timestamptz,
  seen_at timestamptz,
  end_told_at timestamptz,
  primary key (broadcast_id, user_id)
);
create index broadcast_recipients_user on dispatch.broadcast_recipients (user_id);
create index broadcast_recipients_chosen on dispatch.broadcast_recipients (chosen_at);

-- subject: dispatcher_id; retention: incident
create table dispatch.shifts (
  id uuid primary key,
  dispatcher_id uuid not null references accounts.users (id),
  started_at timestamptz not null,
  ended_at timestamptz check (ended_at >= started_at),
  -- To whom the open SOS of this dispatcher go, and why.
  handed_to uuid references accounts.users (id) check (handed_to <> dispatcher_id),
  note text,
  -- The open SOS of this dispatcher at that moment, and those that have gone over so far; all once `handed_over_at` is set.
  owned_sos uuid[] not null default '{}',
  handed_sos uuid[] not null default '{}',
  handed_over_at timestamptz,
  check (handed_to is null or ended_at is not null)
);
create unique index shifts_one_open on dispatch.shifts (dispatcher_id) where ended_at is null;
create index shifts_started on dispatch.shifts (started_at desc, id desc);
create index shifts_handing_over on dispatch.shifts (ended_at) where handed_to is not null and handed_over_at is null;

-- How telling an external service goes, of rows that are `needed`.
alter table dispatch.handoffs
  add column attempts integer not null default 0,
  add column due_at timestamptz,
  add column last_error text,
  -- Nothing is left to try: the service has answered, or nobody needs it any more.
  add column finished_at timestamptz;
create index handoffs_waiting on dispatch.handoffs (due_at) where state = 'needed' and finished_at is null;
