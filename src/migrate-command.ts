import { readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { type Logger, silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { openStore } from './store/open-store.ts';

const USAGE = `muster migrate: brings the database to the newest version and gives the application its rights.
Every node does the same when it starts, as far as its login may. With MUSTER_MIGRATION_DATABASE_URL here, the nodes
need none: DATABASE_URL is then a login that owns nothing. Safe to run any number of times.
Exit code 0: done. 1: it could not be done. 2: wrong use.
`;

/** A migration may rewrite a big table. */
const QUERY_TIMEOUT_MS = 600_000;

/** `muster migrate`. The answer is the exit code. */
export async function migrateCommand(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    const asked = argv[0] === '--help';
    (asked ? process.stdout : process.stderr).write(USAGE);
    return asked ? 0 : 2;
  }
  const configured = toConfig(readEnv(process.env));
  if (!configured.ok) {
    process.stderr.write(`${configured.problems.join('\n')}\n`);
    return 2;
  }
  const parts = { clock: systemClock, log: told, metrics: noMetrics, storeTimeoutMs: QUERY_TIMEOUT_MS };
  try {
    const stores = await openStore({ ...configured.config, ...parts });
    await stores.close();
    process.stdout.write('The database is ready.\n');
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`);
    return 1;
  }
}

const told: Logger = {
  ...silentLogger,
  info: ({ migration }, text) => process.stdout.write(`${migration ? `${migration}: ` : ''}${text}\n`),
  warn: (_fields, text) => process.stderr.write(`${text}\n`),
};
