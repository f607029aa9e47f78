import { type Access, PERSONAL_DATA } from './personal-data.ts';

/** The functions of the database that do with the owner's rights what the application may not do by itself. */
export const OWNERS_FUNCTIONS = [
  'accounts.forget_audit(integer)',
  'dispatch.forget_incidents(integer)',
  'journal.make_partition(text, text, text, text, text)',
  'telemetry.forget_positions(integer)',
  'telemetry.forget_vitals(integer)',
] as const;

/** A relation as it stands in the database. */
export interface Relation {
  /** `schema.table`. */
  readonly name: string;
  /** partition: one that takes the rows for which there is no other; its parent is asked for everything else. */
  readonly kind: 'table' | 'view' | 'default_partition';
}

const ALL = ['delete', 'insert', 'select', 'update'];
const BY_TABLE = new Map(PERSONAL_DATA.map(({ table, access }) => [table, access]));

/**
 * What the application's role is granted on a relation, sorted: privileges, or `update <column>`. Nothing on a table
 * that is not declared in `personal-data.ts`.
 */
export function privilegesOn({ name, kind }: Relation): string[] {
  if (kind !== 'table') return ['select'];
  return BY_TABLE.has(name) ? privilegesOf(BY_TABLE.get(name)) : [];
}

function privilegesOf(access: Access | undefined): string[] {
  if (access === undefined) return ALL;
  if (access === 'read') return ['select'];
  if (access === 'append') return ['insert', 'select'];
  return ['insert', 'select', ...access.appendAndSet.map((column) => `update ${column}`)].sort();
}

/** The schemas that the application's role may look into. */
export const APPLICATION_SCHEMAS: readonly string[] = [
  ...new Set(PERSONAL_DATA.map(({ table }) => table.split('.')[0] ?? table)),
].sort();
