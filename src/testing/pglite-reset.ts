import type { PGlite } from '@electric-sql/pglite';
import { must } from '../lib/assert.ts';

/** What tests change of the schema, of roles, of settings and of statistics changes a row in one of these. */
const CATALOGS = [
  'pg_attrdef',
  'pg_attribute',
  'pg_auth_members',
  'pg_authid',
  'pg_class',
  'pg_constraint',
  'pg_database',
  'pg_db_role_setting',
  'pg_default_acl',
  'pg_enum',
  'pg_event_trigger',
  'pg_extension',
  'pg_index',
  'pg_inherits',
  'pg_namespace',
  'pg_partitioned_table',
  'pg_policy',
  'pg_proc',
  'pg_rewrite',
  'pg_sequence',
  'pg_statistic',
  'pg_statistic_ext',
  'pg_trigger',
  'pg_type',
];

const FILLED = `select pg_class.oid::regclass::text as name from pg_class
  join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and pg_relation_size(pg_class.oid) > 0
  order by name`;

const SEQUENCES = `select format('select setval(%L, %s, %L);', seqrelid::regclass,
    coalesce(pg_sequence_last_value(seqrelid), seqstart), pg_sequence_last_value(seqrelid) is not null) as put_back
  from pg_sequence`;

/** What a database holds to begin with. */
export interface Beginning {
  readonly filled: ReadonlySet<string>;
  /** Of the catalogs and of the tables that are filled, how many rows they have and which transaction changed one last. */
  readonly mark: string;
  /** Statements that put sequences back to where they stood. */
  readonly sequences: string;
}

export async function beginningOf(db: PGlite): Promise<Beginning> {
  const filled = await filledTables(db);
  const { rows } = await db.query<{ put_back: string }>(SEQUENCES);
  const sequences = rows.map((row) => row.put_back).join(' ');
  return { filled: new Set(filled), mark: await markOf(db, filled), sequences };
}

/**
 * Brings a database back to its beginning. False: more than rows of tables that were empty has changed, and nobody may use it
 * as if it were new.
 */
export async function backToBeginning(db: PGlite, { filled, mark, sequences }: Beginning): Promise<boolean> {
  await db.exec('rollback');
  await db.exec('discard all');
  const added = (await filledTables(db)).filter((table) => !filled.has(table));
  if (added.length > 0) await empty(db, added);
  await db.exec(sequences);
  return (await markOf(db, [...filled])) === mark;
}

/** No row is left and no page of them, so that the order of rows on disk does not tell what was there. */
async function empty(db: PGlite, tables: readonly string[]): Promise<void> {
  const deletes = tables.map((table) => `delete from ${table};`).join(' ');
  await db.exec(`begin; set local session_replication_role = replica; ${deletes} commit`);
  await db.exec(`vacuum ${tables.join(', ')}`);
}

async function filledTables(db: PGlite): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(FILLED);
  return rows.map(({ name }) => name);
}

async function markOf(db: PGlite, filled: readonly string[]): Promise<string> {
  const each = [...CATALOGS, ...filled].map(
    (table) => `(select concat_ws(' ', '${table}', count(*), max(xmin::text::bigint)) from ${table})`,
  );
  const { rows } = await db.query<{ mark: string }>(`select concat_ws(', ', ${each.join(', ')}) as mark`);
  return must(rows[0], 'a row of what the database holds').mark;
}
