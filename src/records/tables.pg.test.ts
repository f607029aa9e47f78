import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPLICATION_SCHEMAS } from '../schema/application-role.ts';
import { PERSONAL_DATA } from '../schema/personal-data.ts';
import { RECORD_TYPES } from '../schema/records/all.ts';
import { STANDING_COLUMNS } from '../schema/records/define.ts';
import { columnOf } from '../schema/records/field.ts';
import { sql } from '../store/db.ts';
import { LEANS_ON } from '../testing/house/schema-joins.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';

let statements = 0;
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('postgres');
});
afterAll(() => store?.stop());

const ask = <Row>(text: string, params: readonly unknown[] = []) =>
  store.owner.query<Row>(sql(`records_tables_${statements++}`, text), params);

describe.each(RECORD_TYPES.map((type) => [type.name, type] as const))('%s', (_, type) => {
  const [schema, table] = type.table.split('.');
  const columnNamed = (name: string) => {
    const field = type.fields[name];
    return field ? columnOf(name, field) : name === 'id' ? 'id' : 'created_at';
  };
  const subject = type.subject === null ? null : columnNamed(type.subject);

  test('is declared as its table is', async () => {
    const found = await ask<{ name: string; type: string; nullable: boolean; precision: number | null }>(
      `select column_name::text as name, udt_name::text as type, is_nullable = 'YES' as nullable,
              datetime_precision as precision
         from information_schema.columns where table_schema = $1 and table_name = $2`,
      [schema, table],
    );
    const columns = new Map(found.map((column) => [column.name, column]));
    for (const [name, field] of Object.entries(type.fields)) {
      const column = columns.get(columnOf(name, field));
      expect(column?.type, name).toBe(field.sqlType);
      if (field.presence !== 'computed') expect(column?.nullable, name).toBe(field.nullable);
    }
    for (const [name, kind] of Object.entries(STANDING_COLUMNS)) expect(columns.get(name)?.type).toBe(kind);
    const declared = [
      ...Object.entries(type.fields).map(([name, field]) => columnOf(name, field)),
      ...Object.keys(STANDING_COLUMNS),
      ...(type.search ? ['search'] : []),
      ...(type.subject === 'id' ? ['user_id'] : []),
    ];
    expect([...columns.keys()].sort()).toEqual(declared.sort());
    // A cursor holds milliseconds: what is finer would fall between two pages.
    if (type.sorts.includes('createdAtMs')) expect(columns.get('created_at')?.precision).toBe(3);
  });

  test('has checks for every word that a field can be', async () => {
    const checks = await ask<{ rule: string }>(
      `select pg_get_constraintdef(oid) as rule from pg_constraint where conrelid = $1::regclass and contype = 'c'`,
      [type.table],
    );
    for (const [name, { values = [] }] of Object.entries(type.fields)) {
      if (values.length === 0) continue;
      const rules = checks.filter(({ rule }) => new RegExp(`\\(${columnNamed(name)}\\b`).test(rule));
      const isWhole = rules.some(({ rule }) => values.every((value) => rule.includes(`'${value}'`)));
      expect(isWhole, name).toBe(true);
    }
  });

  test('has an index for every filter and every order, and keeps what it was', async () => {
    const indexes = await ask<{ columns: string[]; method: string }>(
      `select m.amname as method, array(select coalesce(a.attname::text, '') from unnest(i.indkey::int2[]) with ordinality k (n, place)
                      left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n order by k.place) as columns
         from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
        where i.indrelid = $1::regclass and i.indpred is null`,
      [type.table],
    );
    const begins = (...columns: string[]) =>
      indexes.some((index) => columns.every((column, place) => index.columns[place] === column));
    const found = (column: string) => begins(column) || (subject !== null && begins(subject, column));
    for (const name of Object.keys(type.filters)) expect(found(columnNamed(name)), name).toBe(true);
    for (const name of type.sorts)
      expect(
        subject === null || subject === 'id'
          ? begins(columnNamed(name), 'id')
          : begins(subject, columnNamed(name), 'id'),
        name,
      ).toBe(true);
    for (const name of type.parties ?? []) expect(begins(columnNamed(name)), name).toBe(true);
    if (type.search)
      expect(indexes.some(({ columns, method }) => method === 'gin' && columns[0] === 'search')).toBe(true);
    const triggers = await ask<{ name: string }>(
      'select tgname::text as name from pg_trigger where tgrelid = $1::regclass and not tgisinternal',
      [type.table],
    );
    expect(triggers.map(({ name }) => name)).toContain('keep_version');
    expect(PERSONAL_DATA.find((declared) => declared.table === type.table)?.retention).toBe(
      type.subject === null ? 'system' : 'health',
    );
  });
});

test('nothing refers to another schema but to people, patients and the audit log', async () => {
  const keys = await ask<{ from: string; to: string }>(
    `select k.conrelid::regclass::text as "from", k.confrelid::regclass::text as "to"
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_class d on d.oid = k.confrelid join pg_namespace m on m.oid = d.relnamespace
      where k.contype = 'f' and n.oid <> m.oid and n.nspname = any($1)`,
    [APPLICATION_SCHEMAS],
  );
  expect(keys.length).toBeGreaterThan(10);
  expect(keys.filter(({ to }) => !LEANS_ON.has(to))).toEqual([]);
  const views = await ask<{ view: string; reads: string }>(
    `select distinct v.oid::regclass::text as view, t.oid::regclass::text as reads
       from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class
       join pg_namespace n on n.oid = v.relnamespace join pg_class t on t.oid = d.refobjid
       join pg_namespace m on m.oid = t.relnamespace
      where d.refclassid = 'pg_class'::regclass and d.classid = 'pg_rewrite'::regclass and t.oid <> v.oid
        and n.nspname = any($1) and m.oid <> n.oid`,
    [APPLICATION_SCHEMAS],
  );
  expect(views.length).toBeGreaterThan(2);
  expect(views.filter(({ reads }) => !LEANS_ON.has(reads))).toEqual([]);
});
