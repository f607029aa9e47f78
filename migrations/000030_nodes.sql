-- Whose account has changed last when, so that every node can find out within a second what another one decided. One
-- row for each person, kept by triggers: no change of the tables below goes by it.
create table accounts.changes (
  user_id uuid primary key,
  xid xid8 not null,
  at timestamptz not null
);
create index changes_xid on accounts.changes (xid);
comment on table accounts.changes is 'which account changed in which transaction; read by every node once a second';

create function accounts.note_change() returns trigger language plpgsql as $$
declare
  touched uuid;
begin
  if tg_table_name = 'users' then
    touched := case when tg_op = 'DELETE' then old.id else new.id end;
  else
    touched := case when tg_op = 'DELETE' then old.user_id else new.user_id end;
  end if;
  insert into accounts.changes as c (user_id, xid, at)
  values (touched, pg_current_xact_id(), clock_timestamp())
  on conflict (user_id) do update set xid = excluded.xid, at = excluded.at
   where c.xid <> excluded.xid;
  return null;
end
$$;

create trigger note_change after update of status or delete on accounts.users
  for each row execute function accounts.note_change();
create trigger note_change after insert or update or delete on accounts.user_grants
  for each row execute function accounts.note_change();
create trigger note_change after insert or update or delete on accounts.volunteers
  for each row execute function accounts.note_change();
create trigger note_change after update of ended_at on accounts.sessions
  for each row when (old.ended_at is distinct from new.ended_at) execute function accounts.note_change();
create trigger note_change after update of revoked_at or delete on accounts.devices
  for each row execute function accounts.note_change();

-- Who lives: every node beats every few seconds, by this server's clock.
create table journal.nodes (
  id uuid primary key,
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);
comment on table journal.nodes is 'nodes and their last beat; Redis has the same while it is there';

-- Who is connected where, while Redis is not there to say so. Unlogged: it is of this moment only.
create unlogged table dispatch.presence (
  user_id uuid not null,
  node_id uuid not null,
  version bigint not null,
  connections integer not null,
  lat double precision,
  lng double precision,
  located_at timestamptz,
  xid xid8 not null default pg_current_xact_id(),
  primary key (user_id, node_id),
  check ((lat is null) = (lng is null))
);
create index presence_xid on dispatch.presence (xid);
create index presence_node on dispatch.presence (node_id);
comment on table dispatch.presence is 'stand-in of the mirror in Redis: sockets of helpers and their newest fix, by node';
