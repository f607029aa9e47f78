-- A dispatcher's map shows thousands at once. One entry says so of hundreds of them, by their ids, in place of one entry each.
alter table accounts.audit_log add column subject_user_ids uuid[];
create index audit_log_subjects on accounts.audit_log using gin (subject_user_ids) where subject_user_ids is not null;

-- Ids of the entries that are about this person among others, from `from_id` on and before `before_id`, by `actor`, of which each
-- may be null for any: the newest `most` or, by `oldest_first`, the oldest, in no order, and perhaps some more. Month by month until there are so many: the
-- index of lists has no order, and the planner, who does not know what it costs to unpack a list, would go through the
-- whole log in the order of its ids.
create function accounts.audit_among(person uuid, actor uuid, from_id uuid, before_id uuid, most bigint, oldest_first boolean)
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
     order by b.low is not null, case when oldest_first then b.low end, b.low desc
  loop
    return query execute format(
      'select m.id
         from (select t.id, t.actor_id from %s t where t.subject_user_ids @> array[$1] offset 0) m
        where ($2 is null or m.actor_id = $2) and ($3 is null or m.id >= $3) and ($4 is null or m.id < $4)
        order by m.id %s limit $5', part.name, case when oldest_first then 'asc' else 'desc' end)
      using person, actor, from_id, before_id, most;
    get diagnostics found_here = row_count;
    -- What is in none of the months may be of any time.
    if part.low is not null then
      found_all := found_all + found_here;
    end if;
    exit when found_all >= most;
  end loop;
end
$$;
revoke execute on function accounts.audit_among(uuid, uuid, uuid, uuid, bigint, boolean) from public;
