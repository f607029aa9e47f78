import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { onPostgres, quantile, tokensFor } from '../../../bench/on-postgres.ts';
import { inCity, people, populate } from '../../../bench/people.ts';
import { ensurePartitions } from '../../jobs/partitions.ts';
import { systemClock } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import { eachLimited } from '../../sim/each-limited.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Db } from '../../store/db.ts';
import { wholeNumber } from '../proof-options.ts';
import { RedisProcess } from '../redis/server.ts';
import { until } from '../until.ts';
import { Balancer } from './balancer.ts';
import { NOTICED_AFTER_MS } from './callers.ts';
import { startCallers } from './callers-process.ts';
import { LightClient } from './light-client.ts';
import { figuresOf, since } from './statements.ts';

const BACK_WITHIN_MS = 60_000;
const SOS_P99_MS_MAX = 500;
const REQUESTERS = 20;
const STRANGERS = 200;
const POINTS = 500;
const CONNECTING_AT_ONCE = 50;
const QUIET_MS = 8_000;
/** Of those who were dropped, so many call for help at once. */
const CALLING = 20;

/** What a node does all the time comes twice as often at times; one statement for each who comes back is twenty times this. */
const ordinary = (quietCount: number, lastedMs: number, { quietMs, sockets }: StormScale): number =>
  (2 * quietCount * lastedMs) / quietMs + 20 + sockets / 20;

export interface StormScale {
  readonly sockets: number;
  /** So long SOS are called for before anybody is dropped. Everybody has a token of that time. */
  readonly quietMs: number;
  readonly seed: number;
}

export interface StormResult {
  readonly sockets: number;
  /** From the kill to the last of them open and subscribed again. */
  readonly backMs: number;
  readonly backP50Ms: number;
  readonly missing: number;
  /** Hellos of those who came back, by how they were taken. */
  readonly resumes: Readonly<Record<string, number>>;
  /** By outcome. */
  readonly admissions: Readonly<Record<string, number>>;
  readonly failedHandshakes: Readonly<Record<string, number>>;
  /** Statements that were run more often than before while they came back, by name: must be none. */
  readonly extra: Readonly<Record<string, number>>;
  readonly statements: number;
  /** From the command to its answer, before anybody was dropped. */
  readonly quietSosMs: Quantiles;
  /** The same meanwhile, on sockets that stayed. */
  readonly sosMs: Quantiles;
  /** From opening the page to the answer, for people who had no socket. */
  readonly freshMs: Quantiles;
  /** The same for people who were dropped and called at that moment, from the kill on. */
  readonly droppedMs: Quantiles;
  readonly failures: readonly string[];
  /** Processor time of the proof's ten thousand clients and of the node, while they came back. */
  readonly cpuMs: { readonly proof: number; readonly node: number };
}

interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export const held = (result: StormResult): boolean =>
  result.missing + result.failures.length === 0 &&
  result.backMs <= BACK_WITHIN_MS &&
  Object.keys(result.extra).length === 0 &&
  result.sosMs.p99 <= SOS_P99_MS_MAX &&
  result.freshMs.p99 <= SOS_P99_MS_MAX;

const quantilesOf = (values: readonly number[]): Quantiles => ({
  count: values.length,
  p50: Math.round(quantile(values, 0.5)),
  p99: Math.round(quantile(values, 0.99)),
});

/** Two nodes; everybody is on the first, which is killed. */
export async function reconnectStorm(scale: StormScale): Promise<StormResult> {
  return onPostgres(async (databaseUrl, db) => {
    const redis = await RedisProcess.start();
    const nodes: OwnEngine[] = [];
    try {
      const env = { ...process.env, REDIS_URL: redis.url, MUSTER_TRUSTED_PROXIES: '127.0.0.1' };
      const options = { databaseUrl, env, onDeath: (why: string) => process.stderr.write(`${why}\n`) };
      nodes.push(await OwnEngine.start(options));
      nodes.push(await OwnEngine.start(options));
      return await storm(db, nodes as [OwnEngine, OwnEngine], scale);
    } finally {
      for (const node of nodes) await node.remove();
      redis.stop();
    }
  });
}

async function storm(
  db: Db,
  [first, second]: readonly [OwnEngine, OwnEngine],
  scale: StormScale,
): Promise<StormResult> {
  const { sockets, quietMs } = scale;
  const random = seededRandom(scale.seed);
  const everybody = people(sockets, random);
  const requesters = people(REQUESTERS, random);
  const strangers = people(STRANGERS, random);
  await ensurePartitions(db, systemClock.nowMs());
  await populate(db, { volunteer: everybody, patient: [...requesters, ...strangers] });
  const tokens = await tokensFor(db, 'volunteer', everybody);
  const requesterTokens = await tokensFor(db, 'patient', requesters);
  const strangerTokens = await tokensFor(db, 'patient', strangers);
  const balancer = new Balancer([first.url]);
  const clients = everybody.map(
    ({ userId }, i) =>
      new LightClient({
        WebSocket: balancer.socketsOf(i),
        userId,
        token: tokens[i] ?? '',
        deviceId: userId,
      }),
  );
  await eachLimited(clients, CONNECTING_AT_ONCE, async (client) => {
    client.connect();
    await until(() => client.liveAtMs !== null, { timeoutMs: 60_000, what: 'a socket' });
  });
  const callers = await startCallers({
    url: second.url,
    requesterTokens,
    strangerTokens: strangerTokens.slice(CALLING),
    dropped: { tokens: strangerTokens.slice(0, CALLING), url: first.url },
    points: Array.from({ length: POINTS }, () => inCity(random)),
  });
  // As long as it may take, but nobody is dropped: what the store is asked then is no resume.
  const quietBefore = await figuresOf(second.url);
  await pause(quietMs);
  const quiet = since(quietBefore.statements, (await figuresOf(second.url)).statements);
  const { sosMs: quietMsOfSos } = await callers.take();

  const before = await figuresOf(second.url);
  const [ownCpuMs, nodeCpuMs] = [cpuMsOf(process.pid), cpuMsOf(second.pid)];
  const killedAtMs = performance.now();
  for (const client of clients) client.forget();
  await first.crash();
  callers.killed();
  setTimeout(() => balancer.serve([second.url]), NOTICED_AFTER_MS);
  await until(() => clients.every(({ liveAtMs }) => liveAtMs !== null), {
    timeoutMs: BACK_WITHIN_MS,
    what: 'everybody to be back',
  }).catch(() => {});
  const backMs = performance.now() - killedAtMs;
  const figures = await callers.end();
  const after = await figuresOf(second.url);
  const cpuMs = { proof: cpuMsOf(process.pid) - ownCpuMs, node: cpuMsOf(second.pid) - nodeCpuMs };
  const extra = [...since(before.statements, after.statements)].filter(
    ([name, count]) => count > ordinary(quiet.get(name) ?? 0, backMs, scale),
  );
  const came = clients.flatMap(({ liveAtMs }) => (liveAtMs === null ? [] : [liveAtMs - killedAtMs]));
  for (const client of clients) void client.close();
  const labelled = (name: string, label: string) => {
    const counts: Record<string, number> = {};
    for (const [labels, count] of after.counter(name)) {
      const value = new RegExp(`${label}="([^"]+)"`).exec(labels)?.[1] ?? labels;
      counts[value] = (counts[value] ?? 0) + count - (before.counter(name).get(labels) ?? 0);
    }
    return counts;
  };
  return {
    sockets,
    backMs: Math.round(backMs),
    backP50Ms: Math.round(quantile(came, 0.5)),
    missing: clients.length - came.length,
    resumes: labelled('gateway_resumes_total', 'outcome'),
    admissions: labelled('gateway_admissions_total', 'outcome'),
    failedHandshakes: Object.fromEntries(balancer.failed),
    extra: Object.fromEntries(extra),
    statements: after.total - before.total,
    quietSosMs: quantilesOf(quietMsOfSos),
    sosMs: quantilesOf(figures.sosMs),
    freshMs: quantilesOf(figures.freshMs),
    droppedMs: quantilesOf(figures.droppedMs),
    failures: figures.failures,
    cpuMs,
  };
}

/** Processor time of a process so far, of all its threads. */
function cpuMsOf(pid: number | null): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, ...fields] = stat.slice(stat.lastIndexOf(')')).split(' ');
  // utime and stime, in hundredths of a second: proc(5).
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `npm run verify -- reconnect-storm [--sockets 10000] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyReconnectStorm(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      sockets: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await reconnectStorm({
    sockets: wholeNumber('--sockets', values.sockets, 1),
    quietMs: QUIET_MS,
    seed: wholeNumber('--seed', values.seed, 0),
  });
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return held(result) ? 0 : 1;
}

function sentencesOf(result: StormResult): string {
  const { sockets, backMs, backP50Ms, missing, resumes, admissions, failedHandshakes, extra, statements } =
    result;
  const said = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ') || 'none';
  const quantiles = ({ count, p50, p99 }: Quantiles) => `p50 ${p50} ms, p99 ${p99} ms (${count})`;
  return [
    `${sockets} sockets dropped at once by a kill -9: all but ${missing} back after ${(backMs / 1_000).toFixed(1)} s, half of them after ${(backP50Ms / 1_000).toFixed(1)} s`,
    `how they were taken: ${said(resumes)}; at the door: ${said(admissions)}; failed handshakes: ${said(failedHandshakes)}`,
    `statements that coming back cost: ${said(extra)} (${statements} in all, those of the SOS and of the node itself)`,
    `SOS before: ${quantiles(result.quietSosMs)}`,
    `SOS meanwhile, on sockets that stayed: ${quantiles(result.sosMs)}; from people who just came: ${quantiles(result.freshMs)}`,
    `SOS of people who were dropped, from the kill on: ${quantiles(result.droppedMs)}`,
    `processor time meanwhile: ${(result.cpuMs.node / 1_000).toFixed(1)} s of the node, ${(result.cpuMs.proof / 1_000).toFixed(1)} s of the clients`,
    held(result) ? 'held' : 'NOT held',
  ].join('\n');
}
