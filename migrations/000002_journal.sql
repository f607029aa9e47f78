create schema journal;

-- One row per stream. Locking it is what puts the commands of a stream in order; `low` is the lowest number kept.
create table journal.streams (
  kind text not null,
  stream_id uuid not null,
  head bigint not null default 0,
  low bigint not null default 1,
  primary key (kind, stream_id)
);

-- The log: audit trail, timeline, resume and replay. Its key is the last guard against two decisions at one number.
create table journal.events (
  kind text not null,
  stream_id uuid not null,
  seq bigint not null,
  type text not null,
  actor_id uuid,
  at timestamptz not null,
  data jsonb not null,
  xid xid8 not null default pg_current_xact_id(),
  primary key (kind, stream_id, seq)
) partition by list (kind);

create index events_xid on journal.events (xid);

-- Streams named by an SOS: its id is a UUIDv7, so a range of ids is a range of time.
create table journal.events_sos partition of journal.events for values in ('sos') partition by range (stream_id);
create table journal.events_sos_default partition of journal.events_sos default;
create table journal.events_chat partition of journal.events for values in ('chat') partition by range (stream_id);
create table journal.events_chat_default partition of journal.events_chat default;

-- Inboxes live as long as their owner, so they are spread by hash and deleted by age.
create table journal.events_inbox partition of journal.events for values in ('inbox') partition by hash (stream_id);
create table journal.events_inbox_0 partition of journal.events_inbox for values with (modulus 4, remainder 0);
create table journal.events_inbox_1 partition of journal.events_inbox for values with (modulus 4, remainder 1);
create table journal.events_inbox_2 partition of journal.events_inbox for values with (modulus 4, remainder 2);
create table journal.events_inbox_3 partition of journal.events_inbox for values with (modulus 4, remainder 3);

-- The stored answer to each command, written in the transaction that carried it out.
create table journal.commands (
  actor_id uuid not null,
  command_id uuid not null,
  outcome jsonb not null,
  at timestamptz not null default now(),
  primary key (actor_id, command_id)
);
create index commands_at on journal.commands (at);

create table journal.jobs (
  name text primary key,
  due_at timestamptz not null,
  lease_until timestamptz,
  owner uuid,
  last_ok_at timestamptz,
  -- A code, never a message: messages can carry values of rows. Null once it went well again.
  last_error text,
  -- Failed runs in a row; each waits longer than the one before.
  failures integer not null default 0
);
