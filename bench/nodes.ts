import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { ensurePartitions } from '../src/jobs/partitions.ts';
import { systemClock } from '../src/lib/clock.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import type { UpFrame } from '../src/protocol/up.ts';
import { OwnEngine } from '../src/sim/own-engine.ts';
import type { Db } from '../src/store/db.ts';
import { Line } from '../src/testing/line.ts';
import { RedisProcess } from '../src/testing/redis/server.ts';
import type { BenchReport } from './bench.ts';
import { startPart } from './child.ts';
import type { LoadOrder, LoadSays } from './nodes-load.ts';
import { mirrorListener, type Sent, TIMED_EVERY_NTH } from './nodes-timed.ts';
import type { WatchOrder, WatchSays } from './nodes-watch.ts';
import { onPostgres, quantile, tokensFor } from './on-postgres.ts';
import { inCity, people, populate } from './people.ts';

const SEED = 20_261_126;
const NODES = 3;
const RESPONDERS = 20_000;
const CONNECTED = 2_000;
const REQUESTERS = 50;
const DISPATCHERS = NODES;
const SOS_EVERY_MS = 250;
/** Until nearly all code is compiled: that takes a tenth of both cores at first, and is measured with nobody. */
const WARM_UP_MS = 30_000;
const RUN_MS = 60_000;
const EVENT_P99_MS_MAX = 25;
const MIRROR_P99_MS_MAX = 250;
/** Of two fixes of one person within a tick the mirror tells the second only; the last ones come too late. */
const HEARD_SHARE = 0.95;
/** By then everybody has seen it. */
const CANCELLED_AFTER_MS = 2_000;

interface Figures {
  /** From the event at a socket of the node that decided it to the same at a socket of another. */
  readonly eventMs: number[];
  /** From the frame of a fix to the row of the mirror that another node hears. */
  readonly mirrorMs: number[];
  /** Fixes that were timed; those of the last moments may not have come any more. */
  readonly timed: number;
  /** Rows of the mirror, of everybody. */
  readonly rowsPerS: number;
  readonly sos: number;
  readonly missing: number;
}

/** Linux shares the cores by session first, and only then by process. */
async function yields(pid: number): Promise<void> {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  setPriority(pid, PRIORITY_BELOW_NORMAL);
  await writeFile(`/proc/${pid}/autogroup`, `${PRIORITY_BELOW_NORMAL}`).catch(() => {});
}

/** Resolves once everybody moves. */
async function startLoad(order: LoadOrder) {
  // What stands for thousands of phones takes one core at most, and leaves it to the nodes when they want it.
  const load = startPart<LoadSays>('./nodes-load.js', ['--single-threaded-gc'], true);
  await yields(load.pid);
  await load.ask(order);
  return {
    async sent(): Promise<Sent[]> {
      const said = await load.ask('stop');
      return said.kind === 'sent' ? said.sent : [];
    },
    kill: () => load.kill(),
  };
}

/** Resolves once the maps are open. Whoever looks at the clock does nothing else, and hardly collects garbage. */
async function startWatching(order: WatchOrder) {
  const flags = ['--single-threaded-gc', '--max-semi-space-size=1'];
  const watching = startPart<WatchSays>('./nodes-watch.js', flags);
  await watching.ask(order);
  return {
    async watched(): Promise<ReadonlyMap<string, number>[]> {
      const said = await watching.ask('stop');
      return said.kind === 'watched' ? said.watched.map((seen) => new Map(seen)) : [];
    },
    kill: () => watching.kill(),
  };
}

async function measured(connectionString: string, db: Db): Promise<Figures> {
  const random = seededRandom(SEED);
  const responders = people(RESPONDERS, random);
  const requesters = people(REQUESTERS, random);
  const dispatchers = people(DISPATCHERS, random);
  await ensurePartitions(db, systemClock.nowMs());
  await populate(db, { volunteer: responders, patient: requesters, dispatcher: dispatchers });
  const connected = responders.slice(0, CONNECTED);
  const theirs = await tokensFor(db, 'volunteer', connected);
  const callers = await tokensFor(db, 'patient', requesters);
  const desks = await tokensFor(db, 'dispatcher', dispatchers);
  const redis = await RedisProcess.start();
  const engines: OwnEngine[] = [];
  const closing: (() => unknown)[] = [() => redis.stop()];
  try {
    const env = { ...process.env, REDIS_URL: redis.url, MUSTER_REQUIRE_SECOND_FACTOR: 'false' };
    for (let i = 0; i < NODES; i++) {
      const options = {
        databaseUrl: connectionString,
        env,
        onDeath: (why: string) => process.stderr.write(`${why}\n`),
      };
      engines.push(await OwnEngine.start(options));
    }
    const urls = engines.map(({ url }) => url);
    const timed = connected.filter((_, i) => i % TIMED_EVERY_NTH === 0).map(({ userId }) => userId);
    const listener = await mirrorListener(redis.url, new Set(timed));
    closing.unshift(() => listener.stop());
    const moving = await startLoad({
      seed: SEED,
      redisUrl: redis.url,
      urls,
      connected: connected.map((person, i) => [person, theirs[i] ?? ''] as const),
      ghosts: responders.slice(CONNECTED),
    });
    closing.unshift(() => moving.kill());
    const urlOf = (i: number) => urls[i % NODES] ?? '';
    const watching = await startWatching(desks.map((token, i) => [urlOf(i), token]));
    closing.unshift(() => watching.kill());
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
    const [rowsBefore, fromMs] = [listener.rows(), performance.now()];
    const raised = await raise({ callers, urlOf, random });
    const rowsPerS = ((listener.rows() - rowsBefore) * 1_000) / (performance.now() - fromMs);
    const watched = await watching.watched();
    const sent = await moving.sent();
    const mirrorMs = listener.lagsMs(sent);
    const eventMs = raised.flatMap(({ sosId, node }) => {
      const first = watched[node]?.get(`sos:${sosId}`);
      return watched.flatMap((seenAt, i) => {
        const at = seenAt.get(`sos:${sosId}`);
        return i === node || at === undefined || first === undefined ? [] : [Math.max(0, at - first)];
      });
    });
    const missing = raised.length * (NODES - 1) - eventMs.length;
    return { eventMs, mirrorMs, timed: sent.length, rowsPerS, sos: raised.length, missing };
  } finally {
    for (const close of closing.slice(0, -1)) await close();
    for (const engine of engines) {
      await engine.stop();
      await engine.remove();
    }
    redis.stop();
  }
}

/** An SOS every quarter of a second, now at this node and now at that, and taken back soon. */
async function raise({
  callers,
  urlOf,
  random,
}: {
  readonly callers: readonly string[];
  readonly urlOf: (i: number) => string;
  readonly random: Random;
}): Promise<{ sosId: string; node: number }[]> {
  const raised: { sosId: string; node: number }[] = [];
  const lines = await Promise.all(
    callers.map(async (token, i) => {
      const line = await Line.open(urlOf(i), token);
      line.onFrame = ([kind, body]) => {
        if (kind !== 'done' || !body.sosId || body.status !== 'PENDING') return;
        raised.push({ sosId: body.sosId, node: i % NODES });
        const cancel: UpFrame = ['sos.cancel', { id: randomUUID(), sosId: body.sosId }];
        systemClock.after(CANCELLED_AFTER_MS, () => line.say(cancel));
      };
      return line;
    }),
  );
  const rounds = RUN_MS / SOS_EVERY_MS;
  for (let i = 0; i < rounds; i++) {
    lines[i % lines.length]?.say([
      'sos.create',
      { id: randomUUID(), emergencyType: 'MEDICAL', priority: 'HIGH', point: inCity(random) },
    ]);
    await new Promise((resolve) => setTimeout(resolve, SOS_EVERY_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, 2 * CANCELLED_AFTER_MS));
  for (const line of lines) line.close();
  return raised;
}

export const run = () => onPostgres(async (url, db) => reportOf(await measured(url, db)));

function reportOf({ eventMs, mirrorMs, timed, rowsPerS, sos, missing }: Figures): BenchReport {
  const of = (values: readonly number[]) => ({
    p50Ms: quantile(values, 0.5),
    p90Ms: quantile(values, 0.9),
    p99Ms: quantile(values, 0.99),
  });
  const [events, mirror] = [of(eventMs), of(mirrorMs)];
  const isHeard = mirrorMs.length >= HEARD_SHARE * timed && rowsPerS >= HEARD_SHARE * RESPONDERS;
  const passed =
    isHeard && events.p99Ms <= EVENT_P99_MS_MAX && mirror.p99Ms <= MIRROR_P99_MS_MAX && missing === 0;
  const ms = ({ p50Ms, p90Ms, p99Ms }: typeof events) =>
    `p50 ${p50Ms.toFixed(1)} ms, p90 ${p90Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  return {
    passed,
    lines: [
      `${NODES} nodes over one Redis, ${RESPONDERS} responders who move once a second, ${CONNECTED} of them on sockets; from ${WARM_UP_MS / 1_000} s after all of them move; seed ${SEED}`,
      '',
      `event, from a socket of the node that decided to one of another:  ${ms(events)} (${eventMs.length}, limit ${EVENT_P99_MS_MAX} ms)`,
      `mirror, from the frame of a fix to the row that others hear:       ${ms(mirror)} (${mirrorMs.length} of ${timed}, limit ${MIRROR_P99_MS_MAX} ms)`,
      `${sos} SOS, ${missing} events that did not come; ${Math.round(rowsPerS)} rows of the mirror a second`,
      '',
      passed ? 'Both are within their limits.' : 'NOT met.',
    ],
    row: {
      bench: 'nodes',
      seed: SEED,
      passed,
      nodes: NODES,
      responders: RESPONDERS,
      connected: CONNECTED,
      events,
      mirror,
      rowsPerS,
      sos,
      missing,
    },
  };
}
