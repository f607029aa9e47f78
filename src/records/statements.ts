import { createHash } from 'node:crypto';
import type { AnyRecordType } from '../schema/records/all.ts';
import { columnOf, type Field } from '../schema/records/field.ts';
import { type Sql, sql } from '../store/db.ts';
import { type Asked, usualSort } from './query.ts';
import { castOf, columnsOf, STANDING } from './rows.ts';

/**
 * The statements of a type, made from its declaration: names of tables and columns are part of the program, every value is
 * a parameter.
 */
export interface Statements {
  /** `$1` the records as JSON, `$2` who creates them. */
  readonly insert: Sql;
  /** `$1` an id. */
  readonly read: Sql;
  /** `$1` the ids. */
  readonly readMany: Sql;
  /** `$1` an id; also one that was removed. */
  readonly readAny: Sql;
  /** `$1` the record as JSON, `$2` the version it was decided on, `$3` who changes it. */
  readonly update: Sql;
  /** `$1` its id, `$2` the version it was decided on, `$3` who removes it. */
  readonly remove: Sql;
  /** `$1` its id. */
  readonly erase: Sql;
  readonly eraseHistory: Sql;
  /** `$1` its id, `$2` how many at most, `$3` the version that they are older than. */
  readonly history: Sql;
}

const kept = new Map<string, Statements>();

export function statementsOf(type: AnyRecordType): Statements {
  const known = kept.get(type.name);
  if (known) return known;
  const made = statementsFor(type);
  kept.set(type.name, made);
  return made;
}

const named = (type: AnyRecordType, what: string, text: string): Sql => {
  const name = `records_${type.table.split('.')[1]}_${what}`;
  return sql(name, text);
};

/** As it is read: a day and a time as texts, since a driver would make moments of them. */
const shown = ({ column, field }: { readonly column: string; readonly field: Field }): string => {
  if (field.sqlType === 'date') return `t.${column}::text as ${column}`;
  if (field.sqlType === 'time') return `to_char(t.${column}, 'HH24:MI') as ${column}`;
  return `t.${column}`;
};

const shownBy = new Map<string, string>();

function shownOf(type: AnyRecordType): string {
  const known = shownBy.get(type.name);
  if (known !== undefined) return known;
  const made = [...STANDING.map(([, column]) => `t.${column}`), ...columnsOf(type).map(shown)].join(', ');
  shownBy.set(type.name, made);
  return made;
}

/** The same as they are stored. */
const storedOf = (type: AnyRecordType): string =>
  [...STANDING.map(([, column]) => column), ...columnsOf(type).map(({ column }) => column)]
    .map((column) => `t.${column}`)
    .join(', ');

function statementsFor(type: AnyRecordType): Statements {
  const { table } = type;
  const history = `${table.split('.')[0]}.record_history`;
  const written = columnsOf(type).filter(({ field }) => field.presence !== 'computed');
  const names = written.map(({ column }) => column);
  const set = `jsonb_to_recordset($1::jsonb) as r (id uuid, ${written
    .map(({ column, field }) => `${column} ${castOf(field.sqlType)}`)
    .join(', ')})`;
  return {
    insert: named(
      type,
      'insert',
      `insert into ${table} as t (id, ${names.join(', ')}, created_by, updated_by)
       select r.id, ${names.map((name) => `r.${name}`).join(', ')}, $2::uuid, $2::uuid from ${set}
       returning ${shownOf(type)}`,
    ),
    // By one id on its own: a list of ids is planned anew each time, which takes longer than reading.
    read: named(
      type,
      'read',
      `select ${shownOf(type)} from ${table} t where t.id = $1 and t.removed_at is null`,
    ),
    readMany: named(
      type,
      'read_many',
      `select ${shownOf(type)} from ${table} t where t.id = any($1::uuid[]) and t.removed_at is null`,
    ),
    readAny: named(type, 'read_any', `select ${shownOf(type)} from ${table} t where t.id = $1`),
    update: named(
      type,
      'update',
      `update ${table} t set ${names.map((name) => `${name} = r.${name}`).join(', ')}, updated_by = $3::uuid
         from ${set}
        where t.id = r.id and t.version = $2 and t.removed_at is null
       returning ${shownOf(type)}`,
    ),
    remove: named(
      type,
      'remove',
      `update ${table} t set removed_at = clock_timestamp(), removed_by = $3::uuid, updated_by = $3::uuid
        where t.id = $1 and t.version = $2 and t.removed_at is null
       returning ${shownOf(type)}`,
    ),
    erase: named(type, 'erase', `delete from ${table} t where t.id = $1 returning ${shownOf(type)}`),
    eraseHistory: named(type, 'erase_history', `delete from ${history} where record_id = $1`),
    history: named(
      type,
      'history',
      `select version, was, reason, replaced_at from ${history}
        where record_id = $1 and version < $3::bigint order by version desc limit $2`,
    ),
  };
}

/** Whose records a list is of; null: of everybody. */
export interface Scope {
  readonly subjects: readonly string[] | null;
  /** The account that has to be named in them; null: nobody has to be. */
  readonly party: string | null;
  /** Whoever asks: what is hidden of others is not for them. */
  readonly viewerId: string;
}

/**
 * A page of a list with its parameters. Each question is a statement of its own, so that it can go by an index; the few that are
 * asked all the time, with one condition at most and in the usual order, are prepared. All are counted as one.
 */
export function listStatement(
  type: AnyRecordType,
  asked: Asked,
  { subjects, party, viewerId }: Scope,
): { readonly statement: Sql; readonly params: readonly unknown[] } {
  const params: unknown[] = [];
  const next = (value: unknown, cast: string) => `$${params.push(value)}::${cast}`;
  const where = ['t.removed_at is null'];
  const columnNamed = (name: string) => columnsOf(type).find((column) => column.name === name);

  const subject = `t.${type.subject === 'id' ? 'id' : columnOf(type.subject ?? 'id', { sqlType: 'uuid' })}`;
  const isOfMany = subjects !== null && subjects.length !== 1;
  // Of one person the index gives the order too.
  if (subjects !== null && !isOfMany) where.push(`${subject} = ${next(subjects[0], 'uuid')}`);
  const people = isOfMany ? next(subjects, 'uuid[]') : '';
  if (isOfMany) where.push(`${subject} = of_one.id`);
  if (party !== null) {
    const me = next(party, 'uuid');
    const columns = (type.parties ?? []).flatMap((name) => columnNamed(name)?.column ?? []);
    where.push(`(${columns.map((column) => `t.${column} = ${me}`).join(' or ')})`);
  }
  const hidden = columnNamed(type.hidden?.field ?? '');
  if (hidden)
    where.push(
      `(t.${hidden.column} is distinct from ${next(type.hidden?.when, 'text')} or ${subject} = ${next(viewerId, 'uuid')})`,
    );
  for (const { field, is, value } of asked.conditions) {
    const column = columnNamed(field);
    if (!column) continue;
    const { sqlType } = column.field;
    where.push(`t.${column.column} ${is} ${next(asParam(sqlType, value), castOf(sqlType))}`);
  }
  if (asked.words !== null) where.push(`t.search @@ to_tsquery('simple', ${next(asked.words, 'text')})`);

  const order = asked.newestFirst ? 'desc' : 'asc';
  const sorted = columnNamed(asked.sort);
  const sortType = sorted?.field.sqlType ?? 'timestamptz';
  const sort = `t.${sorted?.column ?? 'created_at'}`;
  if (asked.after) {
    const value = next(asParam(sortType, asked.after.value), castOf(sortType));
    where.push(
      `(${sort}, t.id) ${asked.newestFirst ? '<' : '>'} (${value}, ${next(asked.after.id, 'uuid')})`,
    );
  }
  const limit = next(asked.limit + 1, 'integer');
  const inOrder = `order by ${sort} ${order}, t.id ${order} limit ${limit}`;
  const rows = `${type.table} t where ${where.join(' and ')} ${inOrder}`;
  // Of many a page of each, by the index, and of those the first: else all that they have is read and sorted.
  const text = isOfMany
    ? `select ${shownOf(type)} from unnest(${people}) of_one (id)
         cross join lateral (select ${storedOf(type)} from ${rows}) t ${inOrder}`
    : `select ${shownOf(type)} from ${rows}`;
  const statement = named(type, 'list', text);
  const conditions = asked.conditions.length + (asked.words === null ? 0 : 1) + (party === null ? 0 : 1);
  const isUsual = conditions <= 1 && asked.sort === usualSort(type);
  return { statement: { ...statement, preparedAs: isUsual ? preparedName(statement) : null }, params };
}

const prepared = new Map<string, string>();

/** A name for each text, of which there are as few as there are usual questions. */
function preparedName({ name, text }: Sql): string {
  const known = prepared.get(text);
  if (known !== undefined) return known;
  const made = `${name}_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  prepared.set(text, made);
  return made;
}

const asParam = (sqlType: Field['sqlType'], value: unknown): unknown =>
  sqlType === 'timestamptz' && typeof value === 'number' ? new Date(value) : value;
