-- What a dispatcher was shown of several SOS in a second is one entry: beside each of its people the SOS in which they were.
alter table accounts.audit_log add column resource_ids text[];
create index audit_log_resources on accounts.audit_log using gin (resource_ids) where resource_ids is not null;

-- Ids of the entries that are about this person among others, and in it about `resource`, from `from_id` on and before
-- `before_id`, which may be null for any: the newest `most`, in no order, and perhaps some more. Month by month until there are so many,
-- for the reason that `audit_among` has. All entries with such a list are sights of places that were allowed: whoever asks for these gets as
-- many as are asked for.
create function accounts.audit_among_in(person uuid, resource text, from_id uuid, before_id uuid, most bigint)
  returns setof uuid language plpgsql stable security definer rows 100
  set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  part record;
  found_here bigint;
  found_all bigint := 0;
begin
  for part in
    select c.oid::regclass as name, b.low
      from pg_catalog.pg_inherits i
      join pg_catalog.pg_class c on c.oid = i.inhrelid
      cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), '\(''([0-9a-f-]{36})''\) TO \(''([0-9a-f-]{36})''\)') m
      cross join lateral (select m[1]::uuid as low, m[2]::uuid as high) b
     where i.inhparent = 'accounts.audit_log'::regclass
       and (from_id is null or b.high is null or b.high > from_id)
       and (before_id is null or b.low is null or b.low < before_id)
     order by b.low is not null, b.low desc
  loop
    return query execute format(
      'select m.id
         from (select t.id, t.subject_user_ids, t.resource_ids from %s t where t.resource_ids @> array[$2] offset 0) m
        where m.resource_ids[array_position(m.subject_user_ids, $1)] = $2
          and ($3 is null or m.id >= $3) and ($4 is null or m.id < $4)
        order by m.id desc limit $5', part.name)
      using person, resource, from_id, before_id, most;
    get diagnostics found_here = row_count;
    -- What is in none of the months may be of any time.
    if part.low is not null then
      found_all := found_all + found_here;
    end if;
    exit when found_all >= most;
  end loop;
end
$$;
revoke execute on function accounts.audit_among_in(uuid, text, uuid, uuid, bigint) from public;
