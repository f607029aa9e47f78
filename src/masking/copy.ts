import pg from 'pg';
import type { Mask, MaskedTable } from '../schema/mask.ts';
import { MASKING } from '../schema/masking.ts';
import { inOrder, type Table, tablesOf, undeclared } from './catalog.ts';
import type { Fakes } from './fakes.ts';
import { masked } from './mask-value.ts';

export interface CopyParts {
  readonly from: pg.Client;
  readonly to: pg.Client;
  readonly fakes: Fakes;
  /** Told of each page; `done` with the last of a table. */
  readonly onRows: (table: string, rows: number, done: boolean) => void;
}

const ROWS_AT_ONCE = 1_000;
const { escapeIdentifier } = pg;

interface Copied {
  readonly name: string;
  readonly type: string;
  readonly mask: Exclude<Mask, 'default'>;
}

/** Empties left-out tables that triggers fill while others are copied. */
const TRIGGERED = ['delete from accounts.changes'];

/**
 * Copies every table, masked as declared, from one snapshot of the source and in one transaction of the target: all of it
 * or nothing. Both are at the same version. Answers how many rows each table has now.
 */
export async function copyMasked({ from, to, fakes, onRows }: CopyParts): Promise<Map<string, number>> {
  await from.query('begin isolation level repeatable read read only');
  await to.query('begin');
  for (const client of [from, to])
    await client.query(`set local timezone = 'UTC'; set local datestyle = 'ISO'`);
  // What triggers would write of it is copied as well.
  await to.query("set local muster.copying = 'on'");
  const tables = await tablesOf(from);
  const missing = undeclared(tables);
  if (missing.length > 0) {
    throw new Error(`nobody has declared in src/schema/masking.ts how to mask ${missing.join(', ')}`);
  }
  const copied = new Map<string, number>();
  for (const name of inOrder(tables)) {
    const declared = MASKING[name];
    const table = tables.get(name);
    if (!declared || !table || 'leftOut' in declared) continue;
    for (const partition of table.partitions) await to.query(partition);
    copied.set(
      name,
      await copyTable({ from, to, fakes, onRows: (rows, done) => onRows(name, rows, done) }, table, declared),
    );
    await goOnCounting(to, name, table);
  }
  // Triggers of the copy have put into it what it is to make by itself later.
  for (const statement of TRIGGERED) await to.query(statement);
  await to.query('commit');
  await from.query('commit');
  return copied;
}

type TableParts = Omit<CopyParts, 'onRows'> & {
  readonly onRows: (rows: number, done: boolean) => void;
};

async function copyTable(parts: TableParts, table: Table, declared: MaskedTable): Promise<number> {
  const { from, to, fakes, onRows } = parts;
  const columns: Copied[] = table.columns.flatMap(({ name, type }) => {
    const mask = declared.columns[name] ?? 'null';
    return mask === 'default' ? [] : [{ name, type, mask }];
  });
  const personAt = columns.findIndex(({ name }) => name === declared.person);
  const insert = insertOf(table, columns);
  await from.query(cursorOf(table, columns));
  let copied = 0;
  for (;;) {
    const { rows } = await from.query<(string | null)[]>({
      text: `fetch ${ROWS_AT_ONCE} from masking`,
      rowMode: 'array',
    });
    const lists = columns.map(({ mask }, place) =>
      rows.map((row) => masked(fakes, mask, row[place] ?? null, row[personAt] ?? '')),
    );
    if (rows.length > 0) await to.query(insert, lists);
    copied += rows.length;
    onRows(copied, rows.length < ROWS_AT_ONCE);
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await from.query('close masking');
  return copied;
}

const nameOf = ({ schema, name }: Table) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

function cursorOf(table: Table, columns: readonly Copied[]): string {
  const selected = columns.map(({ name }) => `${escapeIdentifier(name)}::text`).join(', ');
  return `declare masking no scroll cursor for select ${selected} from ${nameOf(table)}`;
}

/** One list of texts for each column: both engines take it, unlike COPY. */
function insertOf(table: Table, columns: readonly Copied[]): string {
  const names = columns.map(({ name }) => escapeIdentifier(name)).join(', ');
  const values = columns.map(({ type }, n) => `r.c${n}::${type}`).join(', ');
  const lists = columns.map((_, n) => `$${n + 1}::text[]`).join(', ');
  const aliases = columns.map((_, n) => `c${n}`).join(', ');
  return `insert into ${nameOf(table)} (${names}) overriding system value
    select ${values} from unnest(${lists}) as r (${aliases})`;
}

const COUNTED =
  'select a.attname as name, pg_get_serial_sequence($1, a.attname) as sequence from pg_attribute a ' +
  "where a.attrelid = $1::regclass and a.attidentity <> ''";

/** Numbers that the database gives by itself go on behind the copied ones. */
async function goOnCounting(to: pg.Client, name: string, table: Table): Promise<void> {
  const { rows } = await to.query<{ name: string; sequence: string }>(COUNTED, [name]);
  for (const { name: column, sequence } of rows) {
    const newest = `select setval($1, coalesce(max(${escapeIdentifier(column)}), 1)) from ${nameOf(table)}`;
    await to.query(newest, [sequence]);
  }
}
