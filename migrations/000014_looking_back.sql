-- What an SOS is looked back at by: who held a place in it, and when, also after they gave it back.
-- subject: responder_id; retention: incident
create table dispatch.sos_holdings (
  sos_id uuid not null references dispatch.sos_requests (id),
  responder_id uuid not null references accounts.users (id),
  held_at timestamptz not null,
  slot integer not null,
  role text not null check (role in ('PRIMARY', 'SUPPORT')),
  offer_id uuid,
  -- Since when they were the primary; null: they never were.
  primary_at timestamptz,
  departed_at timestamptz,
  arrived_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  ended_by text check (ended_by in ('withdrawn', 'released', 'resolved', 'cancelled')),
  primary key (sos_id, responder_id, held_at),
  check ((ended_at is null) = (ended_by is null))
) partition by range (sos_id);
create table dispatch.sos_holdings_default partition of dispatch.sos_holdings default;
create index sos_holdings_responder on dispatch.sos_holdings (responder_id, sos_id desc);

-- The months that there are already: rows of them in the default partition would keep theirs from being made.
do $$
declare month record;
begin
  for month in
    select substr(c.relname, length('sos_offers_') + 1) as suffix, pg_get_expr(c.relpartbound, c.oid) as bounds
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'dispatch.sos_offers'::regclass and c.relname <> 'sos_offers_default'
  loop
    execute format('create table dispatch.%I partition of dispatch.sos_holdings %s',
                   'sos_holdings_' || month.suffix, month.bounds);
  end loop;
end $$;

-- Before there were several places, whoever accepted was the primary.
insert into dispatch.sos_holdings (sos_id, responder_id, held_at, slot, role, offer_id, primary_at, ended_at, ended_by)
select o.sos_id, o.responder_id, o.answered_at, 1, 'PRIMARY', o.id, o.answered_at,
       coalesce(c.created_at, r.closed_at),
       case when c.created_at is not null then 'withdrawn' when r.status = 'RESOLVED' then 'resolved'
            when r.status = 'CANCELLED' then 'cancelled' end
  from dispatch.sos_offers o
  join dispatch.sos_requests r on r.id = o.sos_id
  left join lateral (select min(x.created_at) as created_at from dispatch.sos_cancellations x
                      where x.sos_id = o.sos_id and x.volunteer_id = o.responder_id) c on true
 where o.status = 'ACCEPTED' and o.answered_at is not null
on conflict do nothing;

-- The dashboard's list of what is open: the most urgent first, then who waits longest.
create index sos_requests_urgency on dispatch.sos_requests
  ((array_position('{CRITICAL,HIGH,MEDIUM,LOW}'::text[], priority)), created_at, id)
  where status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED');
