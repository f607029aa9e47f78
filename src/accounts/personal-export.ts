import pg from 'pg';
import { PERSONAL_DATA, rowsAbout } from '../schema/personal-data.ts';
import { PERSONAL_RELATIONS, type PersonalRelation, SHOWN_TO_PERSON } from '../schema/personal-relations.ts';
import { type Queryable, type Sql, sql } from '../store/db.ts';

type Row = Readonly<Record<string, unknown>>;

/** Everything kept about one person, by table; what is secret of it is left out. */
export interface PersonalExport {
  readonly userId: string;
  readonly exportedAt: string;
  /** Under the name of the table, and `table (relation)` where rows are about the person in another way. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

/** Rows that are asked for at once: nothing else waits longer for the embedded engine than one such page takes. */
const ROWS_AT_ONCE = 500;

const KEYS = sql(
  'personal_keys',
  `select n.nspname || '.' || c.relname as "table", array_agg(a.attname::text order by k.place) as columns,
          array_agg(format_type(a.atttypid, a.atttypmod) order by k.place) as types
     from pg_index i
     join pg_class c on c.oid = i.indrelid
     join pg_namespace n on n.oid = c.relnamespace
     cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where i.indisprimary and n.nspname || '.' || c.relname = any($1::text[])
    group by 1`,
);

interface Key {
  readonly table: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

interface Part {
  /** Names its statements. */
  readonly place: number;
  /** In the export. */
  readonly name: string;
  readonly table: string;
  readonly rows: string;
  readonly page?: PersonalRelation['page'];
  readonly withheld: readonly string[];
}

const withheldOf = (table: string) => PERSONAL_DATA.find((t) => t.table === table)?.withheld ?? [];

const PARTS: readonly Part[] = [
  ...PERSONAL_DATA.flatMap((declared) => {
    const { table } = declared;
    const rows = rowsAbout(declared);
    return rows === null ? [] : [{ name: table, table, rows, withheld: withheldOf(table) }];
  }),
  ...PERSONAL_RELATIONS.filter(({ exported }) => exported).map(({ table, as, rows, page }) => ({
    name: `${table} (${as})`,
    table,
    rows,
    ...(page && { page }),
    withheld: withheldOf(table),
  })),
].map((part, place) => ({ ...part, place }));

/** One page in the order of the primary key, after the key that `$2`, `$3`, … hold; the first without them. */
function pageOf({ place, table, rows, page }: Part, { columns, types }: Key, isFirst: boolean): Sql {
  const shown = SHOWN_TO_PERSON[table] ?? 'to_jsonb(t)';
  const found = page?.(isFirst ? 'null' : '$2', ROWS_AT_ONCE) ?? rows;
  const key = columns.map((column) => `t.${pg.escapeIdentifier(column)}`).join(', ');
  const after = isFirst ? 'true' : `(${key}) > (${types.map((type, n) => `$${n + 2}::${type}`).join(', ')})`;
  return sql(
    `personal_export_${place}_${isFirst ? 'first' : 'next'}`,
    `select ${shown} as row, jsonb_build_array(${key}) as key from ${table} t
      where ${found} and ${after} order by ${key} limit ${ROWS_AT_ONCE}`,
  );
}

/** Page by page and table by table, without holding a connection in between. */
async function* pagesOf(db: Queryable, userId: string): AsyncGenerator<{ name: string; rows: Row[] }> {
  const keys = await db.query<Key>(KEYS, [[...new Set(PARTS.map(({ table }) => table))]]);
  for (const part of PARTS) {
    const key = keys.find(({ table }) => table === part.table);
    if (!key) throw new Error(`${part.table} has no primary key`);
    const withheld = new Set(part.withheld);
    let after: readonly unknown[] | null = null;
    for (;;) {
      const statement = pageOf(part, key, after === null);
      const found: { row: Row; key: readonly unknown[] }[] = await db.query(statement, [
        userId,
        ...(after ?? []),
      ]);
      const rows = found.map(({ row }) =>
        Object.fromEntries(Object.entries(row).filter(([column]) => !withheld.has(column))),
      );
      if (rows.length > 0) yield { name: part.name, rows };
      if (found.length < ROWS_AT_ONCE) break;
      after = found.at(-1)?.key ?? null;
    }
  }
}

/** All that is kept about a person, for that person, as the text of a {@link PersonalExport}, piece by piece. */
export async function* personalExport(
  db: Queryable,
  userId: string,
  nowMs: number,
): AsyncGenerator<string, undefined> {
  const head = JSON.stringify({ userId, exportedAt: new Date(nowMs).toISOString() });
  yield `${head.slice(0, -1)},"tables":{`;
  let open: string | null = null;
  for await (const { name, rows } of pagesOf(db, userId)) {
    const start = name === open ? ',' : `${open === null ? '' : '],'}${JSON.stringify(name)}:[`;
    open = name;
    yield `${start}${rows.map((row) => JSON.stringify(row)).join(',\n')}`;
  }
  yield `${open === null ? '' : ']'}}}\n`;
}

/** The whole of it at once, for whoever has the memory. */
export async function exportPerson(db: Queryable, userId: string, nowMs: number): Promise<PersonalExport> {
  let text = '';
  for await (const piece of personalExport(db, userId, nowMs)) text += piece;
  return JSON.parse(text) as PersonalExport;
}
