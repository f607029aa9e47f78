-- What is said during an SOS and after it, and incidents that leave once they were kept for long enough.

-- The number of the message in `chat:<sos id>`.
alter table dispatch.chat_messages add column seq bigint;
update dispatch.chat_messages m set seq = e.seq
  from journal.events e
 where e.kind = 'chat' and e.stream_id = m.sos_id and e.type = 'chat.message' and e.data ->> 'messageId' = m.id::text;

-- How far each person has read; `is_read` of a message says that somebody of the other side has.
create table dispatch.chat_reads (
  sos_id uuid not null references dispatch.sos_requests (id),
  reader_id uuid not null references accounts.users (id),
  seq bigint not null check (seq > 0),
  at timestamptz not null,
  primary key (sos_id, reader_id)
) partition by range (sos_id);
create table dispatch.chat_reads_default partition of dispatch.chat_reads default;

create table dispatch.sos_feedback (
  sos_id uuid not null references dispatch.sos_requests (id),
  id uuid not null,
  volunteer_id uuid not null references accounts.users (id),
  -- One of those who were helped: an SOS can have several requesters.
  by_user uuid not null references accounts.users (id),
  rating integer not null check (rating between 1 and 5),
  comment text,
  created_at timestamptz not null,
  primary key (sos_id, id),
  -- Several people come to one SOS, so it is once for each of them.
  unique (sos_id, volunteer_id),
  check (by_user <> volunteer_id)
) partition by range (sos_id);
create table dispatch.sos_feedback_default partition of dispatch.sos_feedback default;
create index sos_feedback_volunteer on dispatch.sos_feedback (volunteer_id, id desc);

-- Whose figures in accounts.volunteers have to be counted again. Written with what changes them, so that no crash loses
-- any; counted up, so that a change during the counting finds the row gone and makes it anew.
create table dispatch.figures_due (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  changes integer not null default 1
);
insert into dispatch.figures_due (user_id) select distinct volunteer_id from dispatch.sos_cancellations;

create index sos_requests_closed on dispatch.sos_requests (closed_at) where closed_at is not null;
create index events_inbox_at on journal.events_inbox (at);

-- Takes a partition out of its table and drops it.
create function dispatch.drop_partition(of_table regclass, partition regclass) returns void
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s detach partition %s', of_table, partition);
  execute format('drop table %s', partition);
end
$$;

-- Incidents are kept for 2,190 days after they were closed. One step at a time: drops one partition of a month in which
-- nothing is younger, the children's before the parent's; else deletes up to `most` SOS that are old enough, with all that
-- belongs to them; else 0. What is so old nobody is shown any more, so that no step shows half of an incident.
create function dispatch.forget_incidents(most integer) returns integer
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
declare
  kept_from constant timestamptz := now() - interval '2190 days';
  month record;
  child record;
  found_any boolean;
  old uuid[];
begin
  for month in
    select c.oid::regclass as partition, right(c.relname, 8) as suffix
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'dispatch.sos_requests'::regclass and c.relname ~ '^sos_requests_\d{4}_\d{2}$'
       and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= kept_from at time zone 'UTC'
     order by c.relname
  loop
    execute format('select exists(select from %s where closed_at is null or closed_at >= $1)', month.partition)
       into found_any using kept_from;
    continue when found_any;
    for child in
      select t.oid::regclass as parent, c.oid::regclass as partition
        from (select k.conrelid as oid from pg_constraint k
               where k.contype = 'f' and k.confrelid = 'dispatch.sos_requests'::regclass and k.conparentid = 0
              union all select 'journal.events_sos'::regclass union all select 'journal.events_chat'::regclass) t
        join pg_class p on p.oid = t.oid
        join pg_inherits i on i.inhparent = t.oid
        join pg_class c on c.oid = i.inhrelid
       where c.relname = p.relname || month.suffix
       order by 2::text limit 1
    loop
      perform dispatch.drop_partition(child.parent, child.partition);
      return 1;
    end loop;
    -- Its own rows go first, with what stands in no month: an empty one leaves at once.
    execute format('select exists(select from %s)', month.partition) into found_any;
    if not found_any then
      perform dispatch.drop_partition('dispatch.sos_requests'::regclass, month.partition);
      return 1;
    end if;
  end loop;

  select array_agg(o.id) into old
    from (select id from dispatch.sos_requests where closed_at < kept_from
           order by closed_at limit least(most, 200) for update skip locked) o;
  if old is null then
    return 0;
  end if;
  for child in
    select k.conrelid::regclass as name, a.attname as key
      from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f' and k.confrelid = 'dispatch.sos_requests'::regclass and k.conparentid = 0
  loop
    execute format('delete from %s where %I = any($1)', child.name, child.key) using old;
  end loop;
  delete from dispatch.deadlines where sos_id = any(old);
  delete from dispatch.holders where sos_id = any(old);
  delete from journal.events where kind = 'sos' and stream_id = any(old);
  delete from journal.events where kind = 'chat' and stream_id = any(old);
  delete from journal.streams where kind in ('sos', 'chat') and stream_id = any(old);
  delete from dispatch.sos_requests where id = any(old);
  return cardinality(old);
exception
  -- Rather later than have an SOS wait behind it.
  when lock_not_available then
    return 0;
end
$$;

-- Inboxes are kept for 30 days. Deletes up to `most` of their events, from the beginning of each, and says in its stream
-- from where on it is kept: whoever resumes below that gets a snapshot. The answer: how many went.
create function journal.forget_inbox(most integer) returns integer
  language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  kept_from constant timestamptz := now() - interval '30 days';
  inbox record;
  young bigint;
  gone integer;
  forgotten integer := 0;
begin
  for inbox in
    select stream_id, head from journal.streams
     where kind = 'inbox' and stream_id in (
       select stream_id from (select stream_id from journal.events where kind = 'inbox' and at < kept_from
                               order by at limit most) oldest)
     order by stream_id for update skip locked
  loop
    exit when forgotten >= most;
    select seq into young from journal.events
     where kind = 'inbox' and stream_id = inbox.stream_id and at >= kept_from order by seq limit 1;
    young := coalesce(young, inbox.head + 1);
    delete from journal.events
     where kind = 'inbox' and stream_id = inbox.stream_id and seq in (
       select seq from journal.events where kind = 'inbox' and stream_id = inbox.stream_id and seq < young
        order by seq limit most - forgotten);
    get diagnostics gone = row_count;
    forgotten := forgotten + gone;
    update journal.streams s
       set low = coalesce((select min(e.seq) from journal.events e
                            where e.kind = 'inbox' and e.stream_id = s.stream_id), s.head + 1)
     where s.kind = 'inbox' and s.stream_id = inbox.stream_id;
  end loop;
  return forgotten;
end
$$;

revoke execute on function dispatch.drop_partition(regclass, regclass), dispatch.forget_incidents(integer) from public;
