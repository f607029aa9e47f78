import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { onPostgres } from '../../bench/on-postgres.ts';
import { must } from '../lib/assert.ts';
import { OwnEngine, type OwnEngineOptions } from '../sim/own-engine.ts';
import { type Db, sql } from '../store/db.ts';
import { City, type Somebody, SQUARE } from './city.ts';
import { DarkLine } from './dark-line.ts';
import { wholeNumber } from './proof-options.ts';
import { installStrace } from './strace.ts';
import { until } from './until.ts';

export interface SlowDiskResult {
  readonly store: 'postgres' | 'embedded' | 'local journal';
  readonly delayMs: number;
  /** From the command to its answer, before the disk was slow. */
  readonly beforeMs: readonly number[];
  readonly withDelayMs: readonly number[];
}

/** Each answer waited for a sync, and without the delay none took that long: it was the sync that it waited for. */
export const waited = ({ delayMs, beforeMs, withDelayMs }: SlowDiskResult): boolean =>
  withDelayMs.every((ms) => ms >= delayMs) && Math.min(...beforeMs) < delayMs;

/** SOS on PostgreSQL while every sync of it takes so much longer. */
export function slowPostgres(count: number, delayMs: number): Promise<SlowDiskResult> {
  return onPostgres((databaseUrl, db) =>
    onNode({ databaseUrl }, async (somebody) => {
      const beforeMs = await callForHelp(somebody, count + MORE_BEFORE);
      const server = await serverPid(db);
      const release = await slowSyncs([server, ...childrenOf(server)], delayMs);
      try {
        return { store: 'postgres', delayMs, beforeMs, withDelayMs: await callForHelp(somebody, count) };
      } finally {
        release();
      }
    }),
  );
}

/** The same on the embedded database, which is a process of the node. `dataDir`: with one in it; none: of its own. */
export function slowEmbedded(count: number, delayMs: number, dataDir?: string): Promise<SlowDiskResult> {
  const place = { databaseUrl: null, ...(dataDir === undefined ? {} : { dataDir }) };
  return onNode(place, async (somebody, node) => {
    const beforeMs = await callForHelp(somebody, count + MORE_BEFORE);
    const release = await slowSyncs(childrenOf(must(node.pid, 'a node')), delayMs);
    try {
      return { store: 'embedded', delayMs, beforeMs, withDelayMs: await callForHelp(somebody, count) };
    } finally {
      release();
    }
  });
}

/** The same while PostgreSQL does not answer, and the node keeps SOS on its own disk. */
export function slowJournal(count: number, delayMs: number): Promise<SlowDiskResult> {
  return onPostgres(async (databaseUrl) => {
    const through = new URL(databaseUrl);
    const line = await DarkLine.to(Number(through.port || 5432));
    through.host = new URL(line.url).host;
    try {
      return await onNode({ databaseUrl: through.href }, async (somebody, node) => {
        line.goDark();
        // Whoever is first waits until it is clear that nobody answers.
        await callForHelp(somebody, 1);
        const beforeMs = await callForHelp(somebody, count + MORE_BEFORE);
        const release = await slowSyncs([must(node.pid, 'a node')], delayMs);
        try {
          const withDelayMs = await callForHelp(somebody, count);
          return { store: 'local journal', delayMs, beforeMs, withDelayMs };
        } finally {
          release();
          line.light();
        }
      });
    } finally {
      line.close();
    }
  });
}

/** What a node that has just started is asked first takes longest. */
const MORE_BEFORE = 2;

async function onNode<T>(
  place: Pick<OwnEngineOptions, 'databaseUrl' | 'dataDir'>,
  work: (somebody: Somebody, node: OwnEngine) => Promise<T>,
): Promise<T> {
  const node = await OwnEngine.start({ ...place, env: process.env, onDeath: () => {} });
  const city = new City(node.url);
  try {
    await city.firstAdmin(node.setupToken ?? '');
    return await work(await city.patient(), node);
  } finally {
    await city.close();
    await node.remove();
  }
}

async function callForHelp({ client }: Somebody, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    const { sosId = '' } = await client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: SQUARE,
    });
    times.push(performance.now() - startMs);
    await client.command('sos.cancel', { sosId });
  }
  return times;
}

const SERVER = sql(
  'proof_server_pid',
  `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid`,
);

const serverPid = async (db: Db): Promise<number> =>
  must((await db.query<{ pid: number }>(SERVER))[0], 'the server').pid;

function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return listed === '' ? [] : listed.split(/\s+/).map(Number);
}

/** From now on each sync of these processes, and of those that they start, comes back later by this. The answer ends it. */
async function slowSyncs(pids: readonly number[], delayMs: number): Promise<() => void> {
  const inject = `inject=fsync,fdatasync:delay_exit=${delayMs * 1_000}`;
  const attach = pids.flatMap((pid) => ['-p', `${pid}`]);
  const args = ['-f', '-e', 'trace=fsync,fdatasync', '-e', inject, '-o', '/dev/null', ...attach];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  // Read to its end: it dies of a pipe that nobody reads.
  strace.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const failed = Promise.race([once(strace, 'error'), once(strace, 'exit')]).then(() => {
    throw new Error(`strace can't be used here: ${said.trim() || 'install it'}`);
  });
  failed.catch(() => {});
  const attached = until(() => pids.every((pid) => said.includes(`Process ${pid} attached`)), {
    timeoutMs: 30_000,
    what: 'strace to be attached',
  });
  await Promise.race([failed, attached]);
  return () => void strace.kill('SIGINT');
}

/** `npm run verify -- slow-disk [--sos 50] [--delay 700] [--json]`. Answers with the exit code. */
export async function verifySlowDisk(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      sos: { type: 'string', default: '50' },
      delay: { type: 'string', default: '700' },
      json: { type: 'boolean', default: false },
    },
  });
  const count = wholeNumber('--sos', values.sos, 1);
  const delayMs = wholeNumber('--delay', values.delay, 1);
  await installStrace();
  const results: SlowDiskResult[] = [];
  for (const slow of [slowPostgres, slowEmbedded, slowJournal]) results.push(await slow(count, delayMs));
  for (const result of results)
    process.stdout.write(`${values.json ? JSON.stringify(result) : sentenceOf(result)}\n`);
  return results.every(waited) ? 0 : 1;
}

function sentenceOf(result: SlowDiskResult): string {
  const { store, delayMs, beforeMs, withDelayMs } = result;
  const span = (values: readonly number[]) =>
    `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))} ms`;
  const late = withDelayMs.filter((ms) => ms >= delayMs).length;
  return `${store}: SOS acknowledged after ${span(beforeMs)}; with ${delayMs} ms more for each sync after ${span(withDelayMs)}, ${late} of ${withDelayMs.length} waited for the disk`;
}
