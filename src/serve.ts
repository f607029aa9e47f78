import { adviceOn, configHelp, readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { errorFields } from './lib/log.ts';
import { startNode } from './node.ts';
import { openLogger } from './observe/loggers.ts';
import { openMetrics } from './observe/metrics.ts';

/** Longer than any orderly stop: whatever hangs then is left behind, because the crash path is safe too. */
const HANGS_AFTER_MS = 2_000;

/** npm passes on what the terminal has told the node already: so close together, two signals are one. */
const ONE_SIGNAL_MS = 1_000;

const STOPPED_BY = ['SIGTERM', 'SIGINT'] as const;

/** `muster serve`: runs one node until it is told to stop. The answer is the exit code. */
export async function serveCommand(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    const asked = argv[0] === '--help' || argv[0] === '-h';
    const out = asked ? process.stdout : process.stderr;
    out.write(
      `${asked ? '' : 'serve takes no arguments.\n'}muster serve: settings from the environment\n\n${configHelp()}`,
    );
    return asked ? 0 : 2;
  }
  const read = readEnv(process.env);
  const configured = toConfig(read);
  if (!configured.ok) {
    process.stderr.write(`${configured.problems.join('\n')}\n`);
    return 2;
  }
  const { config } = configured;
  const metrics = openMetrics();
  const log = openLogger({ level: config.logLevel, clock: systemClock, metrics });
  for (const warning of [...read.warnings, ...adviceOn(config)]) log.warn({}, warning);

  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of STOPPED_BY) process.on(signal, resolve);
  });
  const node = await startNode({ config, log, metrics }).catch((error: unknown) => {
    log.error(errorFields(error), `could not start: ${error instanceof Error ? error.message : 'unknown'}`);
    return null;
  });
  if (!node) return 1;
  if (node.setupLink) {
    log.info({ link: node.setupLink }, 'first start: open this link once to create the administrator');
  }
  log.info({ url: node.url }, 'ready');

  const signal = await told;
  log.info({ signal }, 'stopping');
  // A second signal means now.
  systemClock.after(ONE_SIGNAL_MS, () => {
    for (const again of STOPPED_BY) process.once(again, () => process.exit(1));
  });
  systemClock.after(config.shutdownMs + HANGS_AFTER_MS, () => process.exit(1));
  await node.stop();
  log.info({}, 'stopped');
  return 0;
}
