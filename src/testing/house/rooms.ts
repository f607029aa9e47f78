/**
 * The house: which room may import which (ARCHITECTURE.md says why). Imports point inward; where data must flow back
 * out, the inner room owns an interface and `node.ts` hands it the implementation.
 */
export interface Room {
  /** Rooms it may import anything from. */
  readonly may: readonly string[];
  /** Rooms it may import only types from: interfaces that others implement. */
  readonly types?: readonly string[];
  /** Rooms that only its own Postgres files may import on top: `pg.ts`, or `pg-<subject>.ts` where one is too long. */
  readonly postgres?: readonly string[];
}

/** Stands for every room. */
export const ALL = '*';

const SERVICES = ['accounts', 'dispatch', 'telemetry', 'fanout', 'journal', 'notify', 'places', 'records'];

export const ROOMS: Readonly<Record<string, Room>> = {
  lib: { may: [] },
  geo: { may: ['lib'] },
  protocol: { may: ['lib', 'geo'] },
  schema: { may: ['lib'] },
  access: { may: ['lib', 'schema'] },
  spatial: { may: ['lib', 'geo'] },
  store: { may: ['lib', 'schema'] },
  journal: { may: ['lib', 'store'] },
  dispatch: { may: ['lib', 'geo', 'spatial', 'access'], postgres: ['store', 'journal'] },
  telemetry: { may: ['lib', 'geo', 'access'], postgres: ['store', 'journal'] },
  records: { may: ['lib', 'schema', 'access', 'store', 'journal'] },
  rules: { may: ['lib', 'schema', 'access', 'store', 'journal'] },
  accounts: { may: ['lib', 'geo', 'access', 'schema', 'store'] },
  jobs: { may: ['lib', 'schema', 'store', 'journal'] },
  notify: { may: ['lib', 'store', 'journal'] },
  storage: { may: ['lib'] },
  places: { may: ['lib', 'geo'] },
  masking: { may: ['lib', 'schema', 'store'] },
  fanout: { may: ['lib', 'protocol'] },
  gateway: { may: ['lib', 'geo', 'protocol', 'schema', 'access'], types: SERVICES },
  client: { may: ['lib', 'geo', 'protocol', 'schema'] },
  dashboard: { may: ['client', 'protocol', 'schema', 'geo', 'lib'] },
  // It speaks to an engine like everybody else; `store` is for the report, which counts what the database holds.
  sim: { may: ['client', 'protocol', 'lib', 'geo', 'observe', 'store'] },
  observe: { may: ['lib'] },
  testing: { may: [ALL] },
  bench: { may: [ALL] },
  'config.ts': {
    may: [
      'lib',
      'config-alerts.ts',
      'config-checks.ts',
      'config-nodes.ts',
      'config-outside.ts',
      'config-pages.ts',
      'config-push.ts',
      'config-vitals.ts',
    ],
  },
  'config-alerts.ts': { may: ['config-checks.ts'] },
  'config-nodes.ts': { may: ['lib', 'config-checks.ts'] },
  'config-outside.ts': { may: ['config-checks.ts'] },
  'config-pages.ts': { may: ['config-checks.ts'] },
  'config-push.ts': { may: ['config-checks.ts'] },
  'config-vitals.ts': { may: ['config-checks.ts'] },
  'config-checks.ts': { may: ['lib'] },
  'node.ts': { may: [ALL] },
  'node-apps.ts': { may: [ALL] },
  'node-alerts.ts': { may: [ALL] },
  'node-area.ts': { may: [ALL] },
  'node-care.ts': { may: [ALL] },
  'node-deciders.ts': { may: [ALL] },
  'node-dispatch.ts': { may: [ALL] },
  'node-door.ts': { may: [ALL] },
  'node-geofences.ts': { may: [ALL] },
  'node-series.ts': { may: [ALL] },
  'node-site.ts': { may: [ALL] },
  'node-log.ts': { may: [ALL] },
  'node-nerves.ts': { may: [ALL] },
  'node-notices.ts': { may: [ALL] },
  'node-outside.ts': { may: [ALL] },
  'node-overload.ts': { may: [ALL] },
  'node-connections.ts': { may: [ALL] },
  'node-provisional.ts': { may: [ALL] },
  'node-push.ts': { may: [ALL] },
  'node-records.ts': { may: [ALL] },
  'node-fhir.ts': { may: [ALL] },
  'node-figures.ts': { may: [ALL] },
  'node-telemetry.ts': { may: [ALL] },
  'node-vitals.ts': { may: [ALL] },
  'main.ts': { may: [ALL] },
  'processes.ts': { may: ['lib'] },
  'serve.ts': { may: [ALL] },
  'audit-command.ts': { may: [ALL] },
  'backfill-command.ts': { may: [ALL] },
  'import-command.ts': { may: [ALL] },
  'import-fields.ts': { may: ['lib', 'schema', 'telemetry'] },
  'import-records-command.ts': { may: [ALL] },
  'migrate-command.ts': { may: [ALL] },
  'mask-command.ts': { may: [ALL] },
  'seed-command.ts': { may: [ALL] },
  'push-keys-command.ts': { may: ['notify'] },
  'user-command.ts': { may: [ALL] },
};

/** Rooms that {@link ALL} does not open: only these, and tests, may import them. */
export const GUARDED: Readonly<Record<string, readonly string[]>> = {
  testing: ['testing', 'bench'],
  observe: [
    'node.ts',
    'node-overload.ts',
    'node-site.ts',
    'main.ts',
    'serve.ts',
    'sim',
    'testing',
    'bench',
    'observe',
  ],
};

/**
 * Where time and chance enter the house; everywhere else they are passed in as `Clock` and `Random`. Paths or
 * beginnings of paths.
 */
export const TIME_AND_CHANCE_ENTER = [
  'src/lib/clock.ts',
  'src/node.ts',
  'src/main.ts',
  'src/serve.ts',
  'src/import-command.ts',
  'src/import-records-command.ts',
  'src/seed-command.ts',
  'src/user-command.ts',
  'src/gateway/',
  // Defaults of a client that is given neither.
  'src/client/client.ts',
  'src/sim/',
  'src/observe/',
  'src/dashboard/',
  'src/testing/',
  'bench/',
];

/**
 * Names that may be spliced into SQL because somebody looked: constants of their file that hold no input. By file,
 * the identifiers.
 */
export const REVIEWED_IN_SQL: Readonly<Record<string, readonly string[]>> = {
  // All of it comes from the tables of personal data, which are part of the program.
  'src/accounts/personal-rights.ts': ['table', 'rows', 'onErase.set'],
  // Likewise, and names of primary keys, quoted, with their types, as the database itself writes them.
  'src/accounts/personal-export.ts': ['shown', 'key', 'table', 'found', 'after', 'ROWS_AT_ONCE'],
  // Columns of a row, and the row of an id that was found, the same for every way to read the audit log.
  'src/accounts/sql/audit.ts': ['PAGE_COLUMNS', 'SHOWN', 'AS_ASKED', 'IN_PLACE', 'ONE_BY_ONE'],
  // Names of columns, the same for every way to read such a row.
  'src/dispatch/pg-broadcasts.ts': ['COLUMNS'],
  'src/dispatch/pg-responders.ts': ['NEWER'],
  'src/dispatch/pg-shifts.ts': ['COLUMNS'],
  'src/telemetry/pg-alerts.ts': ['COLUMNS'],
  'src/telemetry/pg-alert-reads.ts': ['COLUMNS'],
  // Columns of vital signs and figures of them, from a table that is part of the program.
  'src/telemetry/pg-aggregates.ts': [
    'VITALS_OF_SAMPLE',
    'FIGURES',
    'FIGURE_COLUMNS',
    'FIGURE_VALUES',
    'ADDED',
  ],
  'src/telemetry/pg-pages.ts': ['SIGNS', 'SIGN_NAMES', 'SAMPLE_KEY', 'RECORD_KEY'],
  'src/telemetry/pg-geofences.ts': ['COLUMNS', 'STATE', 'WITH_STATE'],
  'src/telemetry/pg-tail.ts': ['SIGNS', 'SIGN_NAMES'],
  'src/telemetry/pg-series.ts': ['column', 'doubted', 'KEPT'],
  // Names of columns, conditions on them, and the two directions of an order.
  'src/telemetry/pg-fhir-search.ts': ['VITALS', 'MEETS', 'HOLDS', 'order', 'beyond'],
  'bench/records.ts': ['COLUMNS'],
  // Names of tables as the database itself writes them, quoted.
  'src/testing/pglite-reset.ts': ["each.join(', ')"],
  // Tables and columns of declared types, which are part of the program, and conditions on them; every value is a parameter.
  'src/records/statements.ts': [
    'shownOf(type)',
    'type.table',
    "where.join(' and ')",
    'sort',
    'order',
    'limit',
  ],
  // A number of this file, and the name of a table, quoted.
  'src/masking/copy.ts': ['ROWS_AT_ONCE', 'nameOf(table)'],
};

/** Whether a file is where its room meets Postgres: at the top of the room, so that nothing deeper does. */
export function isPostgresFile(path: string): boolean {
  return /^src\/[a-z]+\/pg(-[a-z-]+)?\.ts$/.test(path);
}

/** The room of a file: its first folder under `src`, or the file itself at the top; `bench` for benches. */
export function roomOf(path: string): string {
  const parts = path.split('/');
  return (parts[0] === 'src' ? parts[1] : parts[0]) ?? path;
}
