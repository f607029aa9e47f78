-- What the application does with the rights of the owner, each in a function that can do nothing else: the role that it
-- runs under owns nothing and has no DDL.

-- Makes a partition of one of our tables. `suffix` is a day or a month, as in `2026_11_21`.
create function journal.make_partition(of_schema text, of_table text, suffix text, from_value text, to_value text)
  returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent oid;
begin
  select c.oid into parent
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = of_schema and c.relname = of_table and c.relkind = 'p';
  if parent is null or suffix !~ '^\d{4}_\d{2}(_\d{2})?$' then
    raise exception 'no partition % of %.% can be made', suffix, of_schema, of_table
      using errcode = 'insufficient_privilege';
  end if;
  execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)',
                 of_schema, of_table || '_' || suffix, of_schema, of_table, from_value, to_value);
  -- TRUNCATE of a partition does not ask its parent, so the partition refuses it by itself.
  if exists (select from pg_catalog.pg_trigger where tgrelid = parent and tgname = 'append_only_whole') then
    execute format('create trigger append_only_whole before truncate on %I.%I
                      for each statement execute function accounts.refuse_change()',
                   of_schema, of_table || '_' || suffix);
  end if;
end
$$;

-- Tracks are kept for 30 days, counted from the end of their day. Drops the oldest partition that is due; once there is
-- none, deletes up to `most` rows for which there was no partition. The answer: how many of either went.
create function telemetry.forget_positions(most integer)
  returns integer language plpgsql security definer
  set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  kept_from constant timestamptz := now() - interval '30 days';
  day text;
  forgotten integer;
begin
  select c.relname into day
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'telemetry.positions'::regclass and c.relname ~ '^positions_\d{4}_\d{2}_\d{2}$'
     and to_date(right(c.relname, 10), 'YYYY_MM_DD') + 1 <= kept_from at time zone 'UTC'
   order by c.relname limit 1;
  if found then
    execute format('drop table telemetry.%I', day);
    return 1;
  end if;
  delete from telemetry.positions_default
   where ctid = any(array(select ctid from telemetry.positions_default
                           where received_at < kept_from limit most));
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- Where a chain begins once its oldest rows were deleted: the hash that its first row goes on from, and the time of the
-- newest row that is gone.
alter table accounts.audit_chains
  add column low_hash bytea,
  add column forgotten_at timestamptz,
  add constraint audit_chains_low check ((low = 1) = (low_hash is null) and (low = 1) = (forgotten_at is null));

create function accounts.refuse_early_delete() returns trigger language plpgsql as $$
begin
  if old.at < now() - interval '2190 days' then
    return old;
  end if;
  raise exception 'accounts.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create function accounts.refuse_delete_of_chain() returns trigger language plpgsql as $$
begin
  if old.low > old.head then
    return old;
  end if;
  raise exception 'accounts.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

drop trigger append_only on accounts.audit_log;
create trigger append_only before update on accounts.audit_log
  for each row execute function accounts.refuse_change();
create trigger append_only_until_old before delete on accounts.audit_log
  for each row execute function accounts.refuse_early_delete();
drop trigger append_only on accounts.audit_chains;
create trigger append_only_until_empty before delete on accounts.audit_chains
  for each row execute function accounts.refuse_delete_of_chain();
grant delete on accounts.audit_log, accounts.audit_chains to current_user;

-- The audit log is kept for 2,190 days. Deletes up to `most` rows from the beginning of one chain, and the chain itself
-- with its last row. The answer: how many rows went.
create function accounts.forget_audit(most integer)
  returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept_from constant timestamptz := now() - interval '2190 days';
  old record;
  young bigint;
  latest record;
  forgotten integer;
begin
  select c.chain, c.low into old
    from accounts.audit_chains c join accounts.audit_log r on r.chain = c.chain and r.chain_seq = c.low
   where r.at < kept_from
   order by c.chain limit 1
     for update of c skip locked;
  if not found then
    return 0;
  end if;
  select min(chain_seq) into young
    from accounts.audit_log
   where chain = old.chain and chain_seq >= old.low and chain_seq < old.low + most and at >= kept_from;
  young := coalesce(young, old.low + most);
  select chain_seq, hash, max(at) over () as at into latest
    from accounts.audit_log
   where chain = old.chain and chain_seq >= old.low and chain_seq < young
   order by chain_seq desc limit 1;
  delete from accounts.audit_log
   where chain = old.chain and chain_seq >= old.low and chain_seq < young;
  get diagnostics forgotten = row_count;
  update accounts.audit_chains
     set low = latest.chain_seq + 1, low_hash = latest.hash,
         forgotten_at = greatest(forgotten_at, latest.at)
   where chain = old.chain;
  delete from accounts.audit_chains where chain = old.chain and low > head;
  return forgotten;
end
$$;

revoke execute on function journal.make_partition(text, text, text, text, text), telemetry.forget_positions(integer),
  accounts.forget_audit(integer) from public;

-- Deleted by age.
create index deliveries_finished on journal.deliveries (finished_at) where finished_at is not null;
