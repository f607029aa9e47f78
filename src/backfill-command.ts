import { parseArgs } from 'node:util';
import type pg from 'pg';
import { type Config, readEnv, toConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { silentLogger } from './lib/log.ts';
import { BACKFILLS, type Backfill } from './schema/backfills.ts';
import {
  type BackfillState,
  backfillStates,
  type Progress,
  pauseBackfill,
  runBackfill,
} from './store/backfill.ts';
import { onDatabaseItself } from './store/open-store.ts';

const BATCH_ROWS = 1_000;
const BATCH_ROWS_MAX = 50_000;
const TELL_EVERY_MS = 2_000;

const USAGE = `muster backfill NAME [options]      fills in, or goes on where it was left
muster backfill status [--json]     how far each of them is

${BACKFILLS.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join('\n')}

  --batch ROWS      rows in one transaction (${BATCH_ROWS}); fewer where others wait for them
  --rest MS         left to others between two batches (0)
  --pause           asks the process that is at it to stop after its batch; so does Ctrl-C there
  --json            the report, and each line of progress on standard error, as JSON

Nodes go on meanwhile: whatever is written from the migration on is filled in by itself. How far it is stands in the
database, in the transaction of each batch, so whatever ends it costs one batch at most. When nothing is left, what was
filled in has to be there from then on. It works as the owner of the database: MUSTER_MIGRATION_DATABASE_URL, else DATABASE_URL;
without them on the embedded database in MUSTER_DATA_DIR, whose node must not run meanwhile.
Exit code 0: done, or paused as somebody asked. 1: it could not be done. 2: wrong use.
`;

class UsageError extends Error {}

/** `muster backfill`. The answer is the exit code. */
export async function backfillCommand(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const asked = read(argv);
    const configured = toConfig(readEnv(process.env));
    if (!configured.ok) throw new UsageError(configured.problems.join('\n'));
    return await act(configured.config, asked);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

interface Asked {
  /** Null: how far all of them are. */
  readonly backfill: Backfill | null;
  readonly batchRows: number;
  readonly restMs: number;
  readonly isPause: boolean;
  readonly isJson: boolean;
}

function read(argv: readonly string[]): Asked {
  const { positionals, values } = parsed(argv);
  const [name = '', ...rest] = positionals;
  const backfill = BACKFILLS.find((each) => each.name === name) ?? null;
  if ((backfill === null && name !== 'status') || rest.length > 0) {
    const known = ['status', ...BACKFILLS.map((each) => each.name)].join(', ');
    throw new UsageError(`There is no backfill ${JSON.stringify(name)}; there are: ${known}.`);
  }
  return {
    backfill,
    batchRows: number('--batch', values.batch, 1, BATCH_ROWS_MAX),
    restMs: number('--rest', values.rest, 0, 60_000),
    isPause: values.pause,
    isJson: values.json,
  };
}

function parsed(argv: readonly string[]) {
  const options = {
    batch: { type: 'string', default: `${BATCH_ROWS}` },
    rest: { type: 'string', default: '0' },
    pause: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'unknown');
  }
}

function number(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`${flag}: ${JSON.stringify(text)} is no whole number from ${least} to ${most}.`);
  return value;
}

function act(config: Config, asked: Asked): Promise<number> {
  const log = { ...silentLogger, warn: (_: unknown, text: string) => void process.stderr.write(`${text}\n`) };
  return onDatabaseItself({ ...config, log }, (connection) => {
    const { backfill } = asked;
    if (backfill === null) return status(connection, asked);
    return asked.isPause ? pause(connection, backfill) : fill(connection, backfill, asked);
  });
}

async function status(connection: pg.ClientConfig, { isJson }: Asked): Promise<number> {
  const states = await backfillStates(connection, BACKFILLS);
  const lines = states.map(
    ({ name, state, seen, filled }) =>
      `${name.padEnd(18)} ${state}, ${seen} rows looked at, ${filled} filled in`,
  );
  process.stdout.write(`${isJson ? JSON.stringify(states, null, 2) : lines.join('\n')}\n`);
  return 0;
}

async function pause(connection: pg.ClientConfig, backfill: Backfill): Promise<number> {
  const isHeard = await pauseBackfill(connection, backfill);
  process.stdout.write(isHeard ? 'It stops after its batch.\n' : 'Nobody is at it.\n');
  return isHeard ? 0 : 1;
}

async function fill(
  connection: pg.ClientConfig,
  backfill: Backfill,
  { batchRows, restMs, isJson }: Asked,
): Promise<number> {
  const startedMs = systemClock.nowMs();
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const progress = teller(startedMs, isJson);
  const done = await runBackfill(connection, backfill, {
    clock: systemClock,
    batchRows,
    restMs,
    signal: stop.signal,
    onProgress: progress,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  const report = {
    ...done,
    tookMs: systemClock.nowMs() - startedMs,
    rssMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  };
  process.stdout.write(`${isJson ? JSON.stringify(report) : sentenceOf(report)}\n`);
  return 0;
}

/** Every so often how far it is, and when it may be done. */
function teller(startedMs: number, isJson: boolean): (progress: Progress) => void {
  let toldMs = startedMs;
  let before: number | null = null;
  return ({ seen, filled, batches, expected }) => {
    const nowMs = systemClock.nowMs();
    before ??= seen;
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    const rowsPerS = Math.round(((seen - before) * 1_000) / (nowMs - startedMs));
    const leftS = rowsPerS === 0 ? null : Math.round(Math.max(0, expected - seen) / rowsPerS);
    const line = isJson
      ? JSON.stringify({ seen, filled, batches, expected, rowsPerS, leftS })
      : `${seen} of about ${expected} rows, ${rowsPerS} a second, about ${leftS ?? '?'} s left`;
    process.stderr.write(`${line}\n`);
  };
}

function sentenceOf(report: BackfillState & { readonly tookMs: number; readonly rssMb: number }): string {
  const { name, state, seen, filled, batches, tookMs, rssMb } = report;
  if (state === 'not needed') return `${name}: there is nothing to do.`;
  const what = `${seen} rows looked at, ${filled} filled in, in ${batches} batches; this time ${(tookMs / 1_000).toFixed(1)} s and ${rssMb} MB`;
  return state === 'done'
    ? `${name} is done: ${what}.`
    : `${name} is paused: ${what}. Go on with: muster backfill ${name}`;
}
