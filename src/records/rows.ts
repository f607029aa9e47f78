import type { AnyRecordType } from '../schema/records/all.ts';
import { columnOf, type Field, type SqlType } from '../schema/records/field.ts';
import type { AnyView } from './types.ts';

export interface Column {
  /** Of the field. */
  readonly name: string;
  readonly column: string;
  readonly field: Field;
}

export type Row = Readonly<Record<string, unknown>>;

const kept = new Map<string, readonly Column[]>();

/** The columns of the fields of a type, in the order of its declaration. */
export function columnsOf(type: AnyRecordType): readonly Column[] {
  const known = kept.get(type.name);
  if (known) return known;
  const columns = Object.entries(type.fields).map(([name, field]) => ({
    name,
    field,
    column: columnOf(name, field),
  }));
  kept.set(type.name, columns);
  return columns;
}

/** What every record has, beside its fields. */
export const STANDING = [
  ['id', 'id'],
  ['version', 'version'],
  ['createdAtMs', 'created_at'],
  ['createdBy', 'created_by'],
  ['updatedAtMs', 'updated_at'],
  ['updatedBy', 'updated_by'],
] as const;

/** The type of a column, as a cast names it. */
export const castOf = (sqlType: SqlType): string =>
  sqlType === '_text' ? 'text[]' : sqlType === 'int4' ? 'integer' : sqlType === 'bool' ? 'boolean' : sqlType;

/** A row of the database, whose instants are milliseconds. */
export function viewOf(type: AnyRecordType, row: Row): AnyView {
  const view: Record<string, unknown> = {};
  for (const [name, column] of STANDING) view[name] = row[column] ?? null;
  for (const { name, column } of columnsOf(type)) view[name] = row[column] ?? null;
  return view as AnyView;
}

/** A row as JSON holds it: its instants are texts. */
export function viewOfJson(type: AnyRecordType, was: Row): AnyView {
  const instants = ['created_at', 'updated_at'];
  for (const { column, field } of columnsOf(type)) if (field.sqlType === 'timestamptz') instants.push(column);
  const times = new Set(columnsOf(type).flatMap((c) => (c.field.sqlType === 'time' ? [c.column] : [])));
  const row = Object.fromEntries(
    Object.entries(was).map(([column, value]) => {
      if (typeof value !== 'string') return [column, value];
      if (instants.includes(column)) return [column, Date.parse(value)];
      return [column, times.has(column) ? value.slice(0, 5) : value];
    }),
  );
  return viewOf(type, row);
}

/** What is written of a record, by column, as `jsonb_to_recordset` reads it. Computed columns are left to the database. */
export function rowOf(type: AnyRecordType, id: string, values: Row): Row {
  const row: Record<string, unknown> = { id };
  for (const { name, column, field } of columnsOf(type)) {
    if (field.presence === 'computed') continue;
    const value = values[name] ?? null;
    row[column] =
      field.sqlType === 'timestamptz' && typeof value === 'number' ? new Date(value).toISOString() : value;
  }
  return row;
}
