import { z } from 'zod';
import { ALERT_SETTINGS } from './config-alerts.ts';
import {
  type Declared,
  declared,
  isDatabaseUrl,
  isFlat,
  isHttpUrl,
  isOrigin,
  isOwnAddress,
  isSmtpUrl,
  list,
  number,
  path,
} from './config-checks.ts';
import { NODES_SETTINGS } from './config-nodes.ts';
import { OUTSIDE_SETTINGS } from './config-outside.ts';
import { PAGES_SETTINGS } from './config-pages.ts';
import { PUSH_SETTINGS, pushConflict } from './config-push.ts';
import { VITALS_SETTINGS } from './config-vitals.ts';
import { isNetwork } from './lib/networks.ts';

const SETTINGS = {
  port: number({
    variable: 'PORT',
    default: '8080',
    min: 0,
    max: 65_535,
    help: 'Port to listen on. 0 takes any that is free.',
  }),
  host: declared({
    variable: 'HOST',
    default: '127.0.0.1',
    schema: z.string().regex(/^[\w.:-]+$/, 'is no address'),
    expected: 'an IP address or a host name',
    help: 'Address to listen on. Others than this machine’s own need TLS or MUSTER_TRUSTED_PROXIES.',
  }),
  tlsKeyFile: declared({
    variable: 'MUSTER_TLS_KEY_FILE',
    default: null,
    schema: path,
    expected: 'the path of a PEM file',
    help: 'Private key for TLS. Together with MUSTER_TLS_CERT_FILE.',
  }),
  tlsCertFile: declared({
    variable: 'MUSTER_TLS_CERT_FILE',
    default: null,
    schema: path,
    expected: 'the path of a PEM file',
    help: 'Certificate chain for TLS. Together with MUSTER_TLS_KEY_FILE.',
  }),
  publicUrl: declared({
    variable: 'MUSTER_PUBLIC_URL',
    default: null,
    schema: z.string().refine(isOrigin, 'is no origin'),
    expected: 'an origin like https://muster.example.org, without a path',
    help: 'How people reach this server: where links in mails lead. Not set: where it listens.',
  }),
  smtpUrl: declared({
    variable: 'MUSTER_SMTP_URL',
    default: null,
    schema: z.string().refine(isSmtpUrl, 'is no address of a mail server'),
    expected: 'smtp://user:password@host:587 or smtps://…',
    help: 'Mail server for invitations, codes and new passwords. Not set: they wait.',
    secret: true,
  }),
  mailFrom: declared({
    variable: 'MUSTER_MAIL_FROM',
    default: 'Muster <muster@localhost>',
    schema: z.string().regex(/^[^\r\n]*@[^\r\n]+$/, 'holds no address'),
    expected: 'a sender like Muster <muster@example.org>',
    help: 'Sender of mails.',
  }),
  ...OUTSIDE_SETTINGS,
  ...PAGES_SETTINGS,
  ...PUSH_SETTINGS,
  s3Url: declared({
    variable: 'MUSTER_S3_URL',
    default: null,
    schema: z.string().refine(isHttpUrl, 'is no address of a bucket'),
    expected: 'an address like https://s3.example.org/bucket',
    help: 'S3-compatible bucket for documents. Not set: a folder in MUSTER_DATA_DIR.',
  }),
  s3Region: declared({
    variable: 'MUSTER_S3_REGION',
    default: 'us-east-1',
    schema: z.string().regex(/^[\w-]+$/, 'is no region'),
    expected: 'the name of a region',
    help: 'Region of that bucket.',
  }),
  s3AccessKeyId: declared({
    variable: 'MUSTER_S3_ACCESS_KEY_ID',
    default: null,
    schema: z.string(),
    expected: 'the id of an access key',
    help: 'Access key for that bucket. Together with MUSTER_S3_SECRET_ACCESS_KEY.',
  }),
  s3SecretAccessKey: declared({
    variable: 'MUSTER_S3_SECRET_ACCESS_KEY',
    default: null,
    schema: z.string(),
    expected: 'an access key',
    help: 'Secret of that access key.',
    secret: true,
  }),
  trustedProxies: declared({
    variable: 'MUSTER_TRUSTED_PROXIES',
    default: '',
    schema: list(isNetwork, 'holds something that is no address of a proxy'),
    expected: 'addresses like 10.0.0.5 or networks like 172.16.0.0/12, separated by commas',
    help: 'Proxies of yours that speak TLS to the outside; only their X-Forwarded-For is believed.',
  }),
  allowedOrigins: declared({
    variable: 'MUSTER_ALLOWED_ORIGINS',
    default: '',
    schema: list(isOrigin, 'holds something that is no origin'),
    expected: 'origins like https://dispatch.example.org, separated by commas, without a path',
    help: 'Web pages elsewhere that may connect from a browser. Not set: only pages of this server.',
  }),
  databaseUrl: declared({
    variable: 'DATABASE_URL',
    default: null,
    schema: z.string().refine(isDatabaseUrl, 'is no address of a database'),
    expected: 'postgresql://user:password@host:port/database',
    help: 'PostgreSQL with PostGIS. Not set: an embedded one, in MUSTER_DATA_DIR.',
    secret: true,
  }),
  migrationDatabaseUrl: declared({
    variable: 'MUSTER_MIGRATION_DATABASE_URL',
    default: null,
    schema: z.string().refine(isDatabaseUrl, 'is no address of a database'),
    expected: 'postgresql://owner:password@host:port/database',
    help: 'The same database as the owner of its tables, for migrations. In production DATABASE_URL is a login that owns nothing.',
    secret: true,
  }),
  databaseRole: declared({
    variable: 'MUSTER_DATABASE_ROLE',
    default: 'muster_app',
    schema: z.string().regex(/^[a-z_][a-z0-9_]{0,54}$/, 'is no name of a role'),
    expected: 'a name of small letters, digits and _',
    help: 'Role under which the application works in PostgreSQL, and begins the names of those of its pools. Made when they may be; each database of one server needs another.',
  }),
  ...NODES_SETTINGS,
  dataDir: declared({
    variable: 'MUSTER_DATA_DIR',
    default: '.data',
    schema: path,
    expected: 'the path of a folder',
    help: 'Folder for what this node keeps on disk.',
  }),
  poolSize: number({
    variable: 'MUSTER_POOL_SIZE',
    default: '10',
    min: 1,
    max: 500,
    unit: 'connections',
    help: 'Connections to DATABASE_URL at most. The embedded database always has one.',
  }),
  sosPoolSize: number({
    variable: 'MUSTER_SOS_POOL_SIZE',
    default: '4',
    min: 1,
    max: 100,
    unit: 'connections',
    help: 'Connections to DATABASE_URL that are kept for SOS alone. With the embedded database SOS go first.',
  }),
  storeTimeoutMs: number({
    variable: 'MUSTER_STORE_TIMEOUT_MS',
    default: '3000',
    min: 100,
    max: 60_000,
    unit: 'ms',
    help: 'How long to wait for a connection, and for an answer, before the store counts as away.',
  }),
  accessTokenTtlS: number({
    variable: 'MUSTER_ACCESS_TOKEN_TTL_S',
    default: '900',
    min: 60,
    max: 86_400,
    unit: 's',
    help: 'How long an access token is good for.',
  }),
  refreshTokenTtlS: number({
    variable: 'MUSTER_REFRESH_TOKEN_TTL_S',
    default: '2592000',
    min: 3_600,
    max: 31_536_000,
    unit: 's',
    help: 'How long somebody stays signed in who does not come back.',
  }),
  unusualSubjectsPerHour: number({
    variable: 'MUSTER_UNUSUAL_SUBJECTS_PER_HOUR',
    default: '50',
    min: 1,
    max: 100_000,
    unit: 'people',
    help: 'Whoever looks at more people than this in an hour, outside dispatch, raises an alarm.',
  }),
  requireSecondFactor: declared({
    variable: 'MUSTER_REQUIRE_SECOND_FACTOR',
    default: 'auto',
    schema: z.enum(['true', 'false', 'auto'], { error: 'is none of them' }),
    expected: 'true, false or auto',
    help: 'Whether dispatchers and administrators can only sign in with a second factor; auto: where others can reach the node.',
  }),
  geoipMmdbFile: declared({
    variable: 'MUSTER_GEOIP_MMDB_FILE',
    default: null,
    schema: path,
    expected: 'the path of a MaxMind DB file',
    help: 'Cities by address, such as GeoLite2-City.mmdb, to notice SOS from elsewhere. Not set: not looked at.',
  }),
  locationMismatchKm: number({
    variable: 'MUSTER_LOCATION_MISMATCH_KM',
    default: '500',
    min: 1,
    max: 20_000,
    unit: 'km',
    help: 'How far an SOS may be from the place of its address. Mobile networks put people in the next big city.',
  }),
  telemetryFlushMs: number({
    variable: 'MUSTER_TELEMETRY_FLUSH_MS',
    default: '100',
    min: 1,
    max: 10_000,
    unit: 'ms',
    help: 'How long positions and vital signs are gathered before they are written together.',
  }),
  maxSpeedMps: number({
    variable: 'MUSTER_MAX_SPEED_MPS',
    default: '100',
    min: 1,
    max: 10_000,
    unit: 'm/s',
    help: 'A position that could only be reached faster is refused as impossible.',
  }),
  maxFixAgeLiveMs: number({
    variable: 'MUSTER_MAX_FIX_AGE_LIVE_MS',
    default: '60000',
    min: 1_000,
    max: 86_400_000,
    unit: 'ms',
    help: 'Older positions go to history only and move nobody on the map.',
  }),
  ...VITALS_SETTINGS,
  ...ALERT_SETTINGS,
  logLevel: declared({
    variable: 'MUSTER_LOG_LEVEL',
    default: 'info',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'is no level' }),
    expected: 'debug, info, warn, error or silent',
    help: 'The least important lines that are logged.',
  }),
  shutdownMs: number({
    variable: 'MUSTER_SHUTDOWN_MS',
    default: '8000',
    min: 0,
    max: 600_000,
    unit: 'ms',
    help: 'How long a node that is told to stop has for telling its clients and finishing.',
  }),
} as const;

type Settings = typeof SETTINGS;
type Key = keyof Settings;

/** The checked settings. Null stands for "not set". */
export type Config = {
  readonly [K in Key]: Settings[K]['default'] extends string
    ? Readonly<z.output<Settings[K]['schema']>>
    : z.output<Settings[K]['schema']> | null;
};

/** What the environment says, unchecked: a text for every setting that is set. */
export interface ReadEnv {
  readonly values: Readonly<Partial<Record<Key, string>>>;
  /** One sentence for each `MUSTER_…` variable that means nothing. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type Configured =
  | { readonly ok: true; readonly config: Config }
  /** One sentence for each thing that is wrong. */
  | { readonly ok: false; readonly problems: readonly string[] };

const KEYS = Object.keys(SETTINGS) as Key[];
const VARIABLES: ReadonlySet<string> = new Set(KEYS.map((key) => SETTINGS[key].variable));

/** Picks the declared variables. An empty one counts as not set. `MUSTER_TEST_…` belongs to the tests. */
export function readEnv(env: Environment): ReadEnv {
  const values: Partial<Record<Key, string>> = {};
  for (const key of KEYS) {
    const text = env[SETTINGS[key].variable]?.trim();
    if (text) values[key] = text;
  }
  const warnings = Object.keys(env)
    .filter((name) => /^MUSTER_(?!TEST_)/.test(name) && !VARIABLES.has(name))
    .sort()
    .map((name) => `${name} is no setting of Muster and has no effect: see --help for those that are.`);
  return { values, warnings };
}

/** Checks every setting, and those that depend on each other. */
export function toConfig({ values }: ReadEnv): Configured {
  const problems: string[] = [];
  const parsed: Partial<Record<Key, unknown>> = {};
  for (const key of KEYS) {
    const text = values[key] ?? SETTINGS[key].default;
    const result = text === null ? null : SETTINGS[key].schema.safeParse(text);
    if (result === null) parsed[key] = null;
    else if (result.success) parsed[key] = frozen(result.data);
    else problems.push(problemOf(SETTINGS[key], text ?? '', result.error));
  }
  if (problems.length > 0) return { ok: false, problems };
  // Every key was set above, with what its own schema gave.
  const config = parsed as Config;
  const conflicts = conflictsOf(config);
  return conflicts.length > 0
    ? { ok: false, problems: conflicts }
    : { ok: true, config: Object.freeze(config) };
}

const frozen = (value: unknown): unknown => (Array.isArray(value) ? Object.freeze(value) : value);

function problemOf({ variable, expected, secret }: Declared, text: string, error: z.ZodError): string {
  const shown = secret ? 'its value (not shown)' : JSON.stringify(text.slice(0, 80));
  return `${variable}: ${shown} ${error.issues[0]?.message ?? 'is wrong'}; expected ${expected}.`;
}

function conflictsOf(config: Config): string[] {
  const { host, tlsKeyFile, tlsCertFile, trustedProxies } = config;
  if (config.s3Url !== null && (config.s3AccessKeyId === null || config.s3SecretAccessKey === null)) {
    return [
      'MUSTER_S3_URL is set but its access key is not; expected MUSTER_S3_ACCESS_KEY_ID and MUSTER_S3_SECRET_ACCESS_KEY.',
    ];
  }
  if (config.migrationDatabaseUrl !== null && config.databaseUrl === null) {
    return [
      'MUSTER_MIGRATION_DATABASE_URL is set but DATABASE_URL is not; expected both, or DATABASE_URL alone.',
    ];
  }
  if (config.processes > 1 && (config.databaseUrl === null || config.port === 0)) {
    return [
      'MUSTER_PROCESSES: several nodes need one database and one port; expected DATABASE_URL, and a PORT that is not 0.',
    ];
  }
  const push = pushConflict(config);
  if (push !== null) return [push];
  if (config.smsFormat === 'form' && !isFlat(config.smsBody)) {
    return ['MUSTER_SMS_BODY: a form has no fields within fields; expected an object of texts.'];
  }
  if ((tlsKeyFile === null) !== (tlsCertFile === null)) {
    const [set, missing] = tlsKeyFile === null ? [CERT, KEY] : [KEY, CERT];
    return [`${set} is set but ${missing} is not; expected both or neither.`];
  }
  if (isOwnAddress(host) || tlsKeyFile !== null || trustedProxies.length > 0) return [];
  return [
    `HOST: ${JSON.stringify(host)} can be reached from other machines, and without TLS anybody between could read ` +
      `along; expected ${KEY} and ${CERT}, or MUSTER_TRUSTED_PROXIES with the address of a proxy that speaks TLS, or 127.0.0.1.`,
  ];
}

/** Whether anybody but this machine can come to this node. */
const isReached = ({ host, publicUrl, trustedProxies }: Config): boolean =>
  !isOwnAddress(host) || publicUrl !== null || trustedProxies.length > 0;

/** Whether dispatchers and administrators need a second factor here. */
export const needsSecondFactor = (config: Config): boolean =>
  config.requireSecondFactor === 'auto' ? isReached(config) : config.requireSecondFactor === 'true';

/** What is allowed but better otherwise, one sentence each. */
export function adviceOn(config: Config): string[] {
  if (!isReached(config) || config.requireSecondFactor !== 'false') return [];
  return [
    `${SETTINGS.requireSecondFactor.variable} is false, and others can reach this node: whoever learns the password of a dispatcher or an administrator is one.`,
  ];
}

const KEY = SETTINGS.tlsKeyFile.variable;
const CERT = SETTINGS.tlsCertFile.variable;

/** The table of settings that `--help` shows. */
export function configHelp(): string {
  const rows = KEYS.map((key) => {
    const { variable, default: value, unit, help }: Declared = SETTINGS[key];
    return [variable, [value || '-', unit].filter(Boolean).join(' '), help] as const;
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      ([variable, value, help]) =>
        `  ${variable.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${help}\n`,
    )
    .join('');
}
