import { adviceOn, type Config, configHelp, readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { errorFields } from './lib/log.ts';
import { startNode } from './node.ts';
import { openLogger } from './observe/loggers.ts';
import { openMetrics } from './observe/metrics.ts';
import { Processes, READY } from './processes.ts';

/** Longer than any orderly stop: whatever hangs then is left behind, because the crash path is safe too. */
const HANGS_AFTER_MS = 2_000;

/** npm passes on what the terminal has told the node already: so close together, two signals are one. */
const ONE_SIGNAL_MS = 1_000;

const STAYS_MS = 2 ** 30;

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
  if (config.processes > 1) return superviseNodes(config);
  const metrics = openMetrics();
  const log = openLogger({ level: config.logLevel, clock: systemClock, metrics });
  for (const warning of [...read.warnings, ...adviceOn(config)]) log.warn({}, warning);

  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of STOPPED_BY) process.on(signal, resolve);
    // Its supervisor is gone: nobody would start or stop it any more.
    process.once('disconnect', () => resolve('SIGTERM'));
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
  process.send?.(READY);

  const signal = await told;
  log.info({ signal }, 'stopping');
  onSecondSignal(() => process.exit(1));
  systemClock.after(config.shutdownMs + HANGS_AFTER_MS, () => process.exit(1));
  await node.stop();
  log.info({}, 'stopped');
  if (process.connected) process.disconnect();
  return 0;
}

/** A second signal means now. */
function onSecondSignal(end: () => void): void {
  systemClock.after(ONE_SIGNAL_MS, () => {
    for (const again of STOPPED_BY) process.once(again, end);
  });
}

/** Several nodes on this host, until they are told to stop; SIGHUP renews them one after another. */
async function superviseNodes(config: Config): Promise<number> {
  const log = openLogger({ level: config.logLevel, clock: systemClock, metrics: openMetrics() });
  // A process without anything to wait for ends; this one waits for what it is told.
  const alive = setInterval(() => {}, STAYS_MS);
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of STOPPED_BY) process.on(signal, resolve);
  });
  const nodes = new Processes({
    count: config.processes,
    program: process.argv[1] ?? '',
    args: ['serve'],
    env: { ...process.env, MUSTER_PROCESSES: '1', MUSTER_SHARED_PORT: 'true' },
    stopWithinMs: config.shutdownMs + 2 * HANGS_AFTER_MS,
    clock: systemClock,
    random: Math.random,
    log,
  });
  try {
    if (!(await nodes.start())) return 1;
    log.info({ processes: config.processes }, 'all nodes are ready');
    process.on('SIGHUP', () => void nodes.restart());
    const signal = await told;
    log.info({ signal }, 'stopping all nodes');
    onSecondSignal(() => {
      nodes.kill();
      process.exit(1);
    });
    await nodes.stop();
    return 0;
  } finally {
    clearInterval(alive);
  }
}
