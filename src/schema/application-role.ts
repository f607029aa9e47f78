import { type Access, PERSONAL_DATA } from './personal-data.ts';

/** The functions of the database that do with the owner's rights what the application may not do by itself. */
export const OWNERS_FUNCTIONS = [
  'accounts.audit_among(uuid, uuid, uuid, uuid, bigint, boolean)',
  'accounts.audit_among_in(uuid, text, uuid, uuid, bigint)',
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

/** Schemas (`dispatch`) and single relations (`accounts.users`) that a role is for. */
export type Reach = readonly string[];

const schemaOf = (name: string): string => name.split('.')[0] ?? name;

/**
 * What a role is granted on a relation, sorted: privileges, or `update <column>`. Nothing on a table that is not
 * declared in `personal-data.ts`, and nothing out of its reach.
 */
export function privilegesOn({ name, kind }: Relation, reach: Reach): string[] {
  if (!reach.includes(name) && !reach.includes(schemaOf(name))) return [];
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
  ...new Set(PERSONAL_DATA.map(({ table }) => schemaOf(table))),
].sort();

/** The schemas that a role has to look into. */
export const schemasOf = (reach: Reach): readonly string[] => [...new Set(reach.map(schemaOf))].sort();

const STANDING = ['accounts.users', 'accounts.user_grants'];

/**
 * What the pools of one purpose reach, each under a role of its own: an SOS no health record, an alert those who care for
 * somebody, and whether the store answers nothing at all. The main pool is for everything else, under the role of the application.
 */
export const POOL_REACH = {
  // Of health records only which browsers an offer is pushed to.
  sos: ['dispatch', 'journal', ...STANDING, 'care.push_subscriptions'],
  alerts: [
    'dispatch',
    'journal',
    'telemetry',
    ...STANDING,
    'accounts.user_profiles',
    'accounts.break_glass',
    'care.patients',
    'care.care_team',
  ],
  probe: [],
} as const satisfies Record<string, Reach>;

export type PoolName = keyof typeof POOL_REACH;
export const POOL_NAMES = Object.keys(POOL_REACH) as PoolName[];
