import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cleanup } from '../../bench/faults/cleanup.ts';
import { childrenOf, copyTemplate, OwnPostgres, prepareTemplate } from '../../bench/faults/own-postgres.ts';
import { castPeople } from '../../bench/faults/people.ts';
import { quantile } from '../../bench/on-postgres.ts';
import { MusterClient, MusterHttp } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { firstAdministrator } from '../sim/administrator.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { People } from '../sim/people.ts';
import { SQUARE } from './city.ts';
import { lastLines, runCommand } from './command.ts';
import { freePort } from './free-port.ts';
import { wholeNumber } from './proof-options.ts';

const DELAY_MS = 700;
const US_PER_MS = 1_000;
const ATTACHED_WITHIN_MS = 10_000;

/** What syncs: PostgreSQL by fdatasync, the embedded database by fsync. */
type Sync = 'fdatasync' | 'fsync';

export interface AckWaits {
  /** From the command to its acknowledgement, in ms. */
  readonly before: readonly number[];
  /** The same while every sync takes 700 ms longer. */
  readonly delayed: readonly number[];
}

/** Calls for help on one engine, first as it is, then with slow syncs of the processes that store. */
async function measured(
  client: MusterClient,
  calls: number,
  sync: Sync,
  pids: () => number[],
  cleanup: Cleanup,
): Promise<AckWaits> {
  const call = async () => {
    const startMs = performance.now();
    const { sosId = '' } = await client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: SQUARE,
    });
    const tookMs = performance.now() - startMs;
    await client.command('sos.cancel', { sosId });
    return tookMs;
  };
  const before: number[] = [];
  const delayed: number[] = [];
  for (let i = 0; i < calls; i++) before.push(await call());
  const tracer = await slowSyncs(sync, pids());
  cleanup.add(() => tracer.kill('SIGTERM'));
  for (let i = 0; i < calls; i++) delayed.push(await call());
  return { before, delayed };
}

async function slowSyncs(sync: Sync, pids: readonly number[]): Promise<ChildProcess> {
  const inject = `inject=${sync}:delay_exit=${DELAY_MS * US_PER_MS}`;
  const args = ['-f', '-e', `trace=${sync}`, '-e', inject, ...pids.flatMap((pid) => ['-p', `${pid}`])];
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let attached = 0;
  const isAttached = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`strace did not attach: ${said}`)), ATTACHED_WITHIN_MS);
    tracer.stderr?.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-2_000);
      attached += piece.toString().split('attached').length - 1;
      if (attached < pids.length) return;
      clearTimeout(timer);
      resolve();
    });
    tracer.once('error', reject);
  });
  await isAttached;
  return tracer;
}

async function onPostgres(calls: number, root: string, cleanup: Cleanup): Promise<AckWaits> {
  const template = await prepareTemplate(mkdtempSync(join(root, 'template-')));
  await copyTemplate(template, join(root, 'postgres'));
  const postgres = new OwnPostgres(template, join(root, 'postgres/data'), root, await freePort());
  cleanup.add(() => postgres.kill());
  await postgres.start();
  const size = { volunteers: 1, callers: 1, extras: 0 };
  const { callers } = await castPeople(postgres.url, size, seededRandom(1));
  const engine = await OwnEngine.start({ databaseUrl: postgres.url, env: process.env, onDeath: () => {} });
  cleanup.add(() => engine.remove());
  const client = await connected(engine.url, callers[0]?.token ?? (async () => ''), cleanup);
  return measured(client, calls, 'fdatasync', () => postgres.processes(), cleanup);
}

async function onEmbedded(calls: number, root: string, cleanup: Cleanup): Promise<AckWaits> {
  const options = { databaseUrl: null, dataDir: join(root, 'embedded'), env: process.env, onDeath: () => {} };
  const engine = await OwnEngine.start(options);
  cleanup.add(() => engine.remove());
  const http = new MusterHttp(engine.url);
  await firstAdministrator(http, engine.setupToken ?? '');
  const people = new People({ http, run: 'waits', clock: systemClock, random: seededRandom(1) });
  const client = await connected(engine.url, (await people.patient()).token, cleanup);
  return measured(client, calls, 'fsync', () => childrenOf(engine.pid ?? 0), cleanup);
}

async function connected(url: string, token: () => Promise<string>, cleanup: Cleanup): Promise<MusterClient> {
  const client = new MusterClient({ url, token });
  cleanup.add(() => client.close());
  client.connect();
  await client.ready();
  return client;
}

async function straceIsThere(): Promise<void> {
  const found = await runCommand('strace', ['--version'], { timeoutMs: 10_000 });
  if (found.code !== 0) throw new Error(`this proof needs strace and root: ${lastLines(found.output, 1)}`);
}

/** `npm run verify -- ack-waits [--calls 20] [--json]`. Answers with the exit code. */
export async function verifyAckWaits(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { calls: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  });
  const calls = wholeNumber('--calls', values.calls, 1);
  await straceIsThere();
  const results: Record<string, { beforeMs: number; leastDelayedMs: number; held: boolean }> = {};
  for (const [name, run] of Object.entries({ postgres: onPostgres, embedded: onEmbedded })) {
    const root = mkdtempSync(join(tmpdir(), 'muster-ack-waits-'));
    chmodSync(root, 0o755);
    const cleanup = new Cleanup();
    try {
      const { before, delayed } = await run(calls, root, cleanup);
      const leastDelayedMs = Math.round(Math.min(...delayed));
      const beforeMs = Math.round(quantile(before, 0.5));
      results[name] = { beforeMs, leastDelayedMs, held: leastDelayedMs >= DELAY_MS && beforeMs < DELAY_MS };
    } finally {
      await cleanup.run((line) => process.stderr.write(`${line}\n`));
      rmSync(root, { recursive: true, force: true });
    }
  }
  const held = Object.values(results).every((one) => one.held);
  const lines = Object.entries(results).map(
    ([name, { beforeMs, leastDelayedMs }]) =>
      `${name}: an SOS is acknowledged after ${beforeMs} ms (p50); with ${DELAY_MS} ms more for each sync none before ${leastDelayedMs} ms`,
  );
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ calls, ...results, held })}\n`
      : `${lines.join('\n')}\n${held ? 'held' : 'NOT held'}\n`,
  );
  return held ? 0 : 1;
}
