import { verifyAudit } from './accounts/audit-verify.ts';
import { readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { openStore, type StoreOptions } from './store/open-store.ts';

const USAGE = `muster audit verify: reads the whole audit log and names the first broken row of each chain.
The database is the one of DATABASE_URL, else the embedded one in MUSTER_DATA_DIR, whose node must not run meanwhile.
Exit code 0: nothing was changed. 1: something was, or it could not be read. 2: wrong use.
`;

/** A full read of a big table takes longer than any request may. */
const QUERY_TIMEOUT_MS = 600_000;

/** `muster audit verify`. The answer is the exit code. */
export async function auditCommand(argv: readonly string[]): Promise<number> {
  if (argv.length !== 1 || argv[0] !== 'verify') {
    const asked = argv[0] === '--help';
    (asked ? process.stdout : process.stderr).write(USAGE);
    return asked ? 0 : 2;
  }
  const configured = toConfig(readEnv(process.env));
  if (!configured.ok) {
    process.stderr.write(`${configured.problems.join('\n')}\n`);
    return 2;
  }
  try {
    return await verify({ ...configured.config, storeTimeoutMs: QUERY_TIMEOUT_MS });
  } catch (error) {
    process.stderr.write(
      `The audit log could not be read: ${error instanceof Error ? error.message : 'unknown'}\n`,
    );
    return 1;
  }
}

async function verify(where: Omit<StoreOptions, 'clock' | 'log' | 'metrics'>) {
  const stores = await openStore({ ...where, clock: systemClock, log: silentLogger, metrics: noMetrics });
  try {
    const { rows, chains, broken } = await verifyAudit(stores.db);
    for (const { chain, chainSeq, id, what } of broken) {
      process.stdout.write(`BROKEN: row ${chainSeq}${id ? ` (${id})` : ''} of chain ${chain} ${what}.\n`);
    }
    const verdict = broken.length === 0 ? 'nothing was changed' : `${broken.length} of them broken`;
    process.stdout.write(`${rows} rows in ${chains} chains: ${verdict}.\n`);
    return broken.length === 0 ? 0 : 1;
  } finally {
    await stores.close();
  }
}
