import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { type Engine, engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { sql } from './db.ts';
import { migrateTo, readApplied } from './migrate.ts';
import { GOES_BACK_FROM, readMigrations } from './migration-files.ts';

/** All that migrations make, one line each. */
const WHAT_IS_THERE = sql(
  'test_what_is_there',
  `with ours as (select oid, nspname from pg_namespace
                  where nspname !~ '^pg_' and nspname not in ('public', 'information_schema', 'topology', 'tiger')),
        relations as (select c.oid, o.nspname || '.' || c.relname as name, c.relkind from pg_class c
                        join ours o on o.oid = c.relnamespace)
   select 'schema ' || nspname as line from ours
   union all select relkind::text || ' ' || name || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
                    || a.attnotnull || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
     from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
   union all select r.name || ' ' || pg_get_viewdef(r.oid) from relations r where relkind = 'v'
   union all select r.name || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
     from relations r join pg_constraint c on c.conrelid = r.oid
   union all select pg_get_indexdef(r.oid) from relations r where relkind in ('i', 'I')
   union all select pg_get_triggerdef(t.oid) from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
   union all select pg_get_functiondef(f.oid) from pg_proc f join ours o on o.oid = f.pronamespace
   order by 1`,
);

describe.each(engines)('migrations on %s', (engine: Engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());

  const there = async () =>
    (await store.owner.query<{ line: string }>(WHAT_IS_THERE)).map(({ line }) => line);
  const goTo = (to: number) => migrateTo(store.database.connection, { log: silentLogger, to });

  test('what is taken back is gone without a trace, and can be applied again', async () => {
    const versions = (await readMigrations()).map(({ version }) => version);
    const stops = versions.slice(versions.findIndex((version) => version >= GOES_BACK_FROM) - 1);
    // Looking at everything takes a second on the embedded engine: there, only at both ends.
    const looked =
      engine === 'postgres' ? stops : stops.filter((stop) => [stops[0], stops.at(-1)].includes(stop));
    const before = new Map<number, string[]>();
    for (const stop of looked.toReversed()) {
      await goTo(stop);
      before.set(stop, await there());
    }
    for (const stop of looked) {
      await goTo(stop);
      expect(await there(), `as ${stop} left it`).toEqual(before.get(stop));
    }
  });

  test('what has no way back stays, with everything after it', async () => {
    const newest = (await readMigrations()).at(-1)?.version;
    await expect(goTo(1)).rejects.toThrow(/000036_spent.sql can't be taken back, and nothing was/);
    expect((await readApplied(store.database.connection)).at(-1)?.version).toBe(newest);
  });

  test('a step that fails leaves the database at the one before', async () => {
    const files = await readMigrations();
    const [version, name] = [999_999, '999999_half.sql'];
    const half = {
      version,
      name,
      checksum: 'x',
      text: 'create table public.half (id int)',
      down: 'select 1 / 0',
    };
    const go = (to: number) =>
      migrateTo(store.database.connection, { log: silentLogger, files: [...files, half], to });
    await go(version);
    await expect(go(files.at(-1)?.version ?? 0)).rejects.toThrow(/Taking back 999999_half.sql failed/);
    expect((await readApplied(store.database.connection)).at(-1)).toMatchObject({ version, name });
  });
});
