/**
 * A statement that leaves nothing in these tables and in whatever refers to them, for a superuser. What `truncate … cascade`
 * does too, by making a file for each of more than a hundred tables: on the embedded database a second before every test, most
 * of what some suites took. Whoever still writes to one of those named is waited for.
 */
export const emptying = (...tables: readonly string[]): string => `do $$
declare
  filled regclass;
begin
  -- Neither triggers that keep a log from being changed nor foreign keys: all that refers to a row goes with it.
  perform set_config('session_replication_role', 'replica', true);
  lock table ${tables.join(', ')} in access exclusive mode;
  for filled in
    with recursive involved (id) as (
      select id::oid from unnest('{${tables.join(',')}}'::regclass[]) as id
      union
      select more.id from involved cross join lateral (
        select conrelid from pg_constraint where contype = 'f' and confrelid = involved.id
        union all
        select inhrelid from pg_inherits where inhparent = involved.id
      ) as more (id)
    )
    select id::regclass from involved join pg_class on pg_class.oid = id
    where relkind = 'r' and pg_relation_size(id) > 0
  loop
    execute format('delete from %s', filled);
  end loop;
end $$`;
