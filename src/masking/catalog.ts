import type pg from 'pg';
import { MASKING } from '../schema/masking.ts';

export interface Column {
  readonly name: string;
  /** As `cast` takes it. */
  readonly type: string;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Tables that its foreign keys name. */
  readonly refersTo: readonly string[];
  /** Statements that make its partitions, a parent's before its children's. */
  readonly partitions: readonly string[];
}

const TABLES = `
  with ours as (
    select c.oid, n.nspname as schema, c.relname as name, n.nspname || '.' || c.relname as "table", c.relispartition
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))
  select o.schema, o.name, o."table",
         (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
                          order by a.attnum)
            from pg_attribute a where a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped) as columns,
         coalesce((select json_agg(distinct r."table") from pg_constraint k join ours r on r.oid = k.confrelid
                    where k.conrelid = o.oid and k.contype = 'f' and k.confrelid <> o.oid and not r.relispartition),
                  '[]') as "refersTo",
         coalesce((select json_agg(format('create table if not exists %I.%I partition of %I.%I %s%s', pn.nspname,
                                          p.relname, un.nspname, u.relname, pg_get_expr(p.relpartbound, p.oid),
                                          coalesce(' partition by ' || pg_get_partkeydef(p.oid), ''))
                                   order by t.level, p.relname)
                     from pg_partition_tree(o.oid) t
                     join pg_class p on p.oid = t.relid join pg_namespace pn on pn.oid = p.relnamespace
                     join pg_class u on u.oid = t.parentrelid join pg_namespace un on un.oid = u.relnamespace), '[]')
           as partitions
    from ours o where not o.relispartition order by o."table"`;

/** Every table of a database but partitions and those of extensions, by `schema.name`. */
export async function tablesOf(client: pg.Client): Promise<Map<string, Table>> {
  const { rows } = await client.query<Table & { table: string }>(TABLES);
  return new Map(rows.map(({ table, ...rest }) => [table, rest]));
}

/** What is not declared in {@link MASKING}, or is declared and not there: one name each. */
export function undeclared(tables: ReadonlyMap<string, Table>): string[] {
  const found: string[] = [];
  for (const [table, { columns }] of tables) {
    const declared = MASKING[table];
    if (!declared) found.push(table);
    else if (!('leftOut' in declared)) {
      const names = new Set(columns.map(({ name }) => name));
      for (const name of names) if (!(name in declared.columns)) found.push(`${table}.${name}`);
      for (const name of Object.keys(declared.columns)) if (!names.has(name)) found.push(`${table}.${name}`);
    }
  }
  return [...found, ...Object.keys(MASKING).filter((table) => !tables.has(table))].sort();
}

/** What others refer to comes first. */
export function inOrder(tables: ReadonlyMap<string, Table>): string[] {
  const placed = new Set<string>();
  const place = (table: string, waiting: readonly string[]): void => {
    if (placed.has(table)) return;
    if (waiting.includes(table)) throw new Error(`${table} refers to itself through others`);
    for (const other of tables.get(table)?.refersTo ?? []) place(other, [...waiting, table]);
    placed.add(table);
  };
  for (const table of tables.keys()) place(table, []);
  return [...placed];
}
