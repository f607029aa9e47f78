import { z } from 'zod';
import { declared, number } from './config-checks.ts';
import { redisAddressOf } from './lib/redis-address.ts';

const isRedisUrl = (url: string) => redisAddressOf(url) !== null;

/** How several nodes are one engine. */
export const NODES_SETTINGS = {
  redisUrl: declared({
    variable: 'REDIS_URL',
    default: null,
    schema: z.string().refine(isRedisUrl, 'is no address of a Redis'),
    expected:
      'redis://user:password@host:6379, or redis://host:port,host:port,… for a Cluster; rediss: for TLS',
    help: 'Redis 7 between several nodes. Not set: they find out about each other by the database, within a second.',
    secret: true,
  }),
  redisPrefix: declared({
    variable: 'MUSTER_REDIS_PREFIX',
    default: 'muster',
    schema: z.string().regex(/^[\w.-]{1,64}$/, 'is no prefix'),
    expected: 'up to 64 letters, digits, _, . and -',
    help: 'Beginning of every name in Redis. Engines that share one need different ones.',
  }),
  overloadFromMs: number({
    variable: 'MUSTER_OVERLOAD_FROM_MS',
    default: '50',
    min: 10,
    max: 60_000,
    unit: 'ms',
    help: 'How late a node may be (p99) before it gives up what can wait; more of it from three and from ten times that.',
  }),
  processes: number({
    variable: 'MUSTER_PROCESSES',
    default: '1',
    min: 1,
    max: 64,
    unit: 'processes',
    help: 'Nodes on this host, sharing the port. More than one needs DATABASE_URL. SIGHUP renews them one by one.',
  }),
  onStoreDown: declared({
    variable: 'MUSTER_ON_STORE_DOWN',
    default: 'provisional',
    schema: z.enum(['provisional', 'refuse'], { error: 'is neither' }),
    expected: 'provisional or refuse',
    help: 'While the database is away: take SOS, offers and answers in on this node’s disk, or refuse them. The embedded one refuses.',
  }),
  localJournalMb: number({
    variable: 'MUSTER_LOCAL_JOURNAL_MB',
    default: '256',
    min: 1,
    max: 1_000_000,
    unit: 'MB',
    help: 'How much is taken in on this node’s disk at most while the database is away.',
  }),
  authGraceMin: number({
    variable: 'MUSTER_AUTH_GRACE_MIN',
    default: '720',
    min: 0,
    max: 10_080,
    unit: 'min',
    help: 'How long whoever was signed in stays so while the database is away and no session can be renewed.',
  }),
  admissionsPerS: number({
    variable: 'MUSTER_ADMISSIONS_PER_S',
    default: '500',
    min: 10,
    max: 100_000,
    unit: 'sockets/s',
    help: 'How many may sign in on a node per second, as many at once. A quarter is kept for those in an SOS.',
  }),
  sharedPort: declared({
    variable: 'MUSTER_SHARED_PORT',
    default: 'false',
    schema: z.enum(['true', 'false'], { error: 'is neither' }),
    expected: 'true or false',
    help: 'Whether other nodes may listen on the same port. MUSTER_PROCESSES sets it for its nodes.',
  }),
} as const;
