import { parseArgs } from 'node:util';
import { newId, onPostgres } from '../../bench/on-postgres.ts';
import { destination } from '../geo/lat-lng.ts';
import { ensurePartitions } from '../jobs/partitions.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { eachLimited } from '../sim/each-limited.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { type Db, sql } from '../store/db.ts';
import { openDb } from '../store/pg-db.ts';
import { Desk, HERE } from './dispatch/desk.ts';
import { wholeNumber } from './proof-options.ts';
import { until } from './until.ts';

const NODES = 3;
const RAISED_AT_ONCE = 8;
const APART_M = 2_000;
const PER_ROW = 100;
const PAUSE_MS = 10_000;
const BETWEEN_PAUSES_MS = 3_000;
/** None is due before all are raised and the nodes have started. */
const DUE_AFTER_MIN_MS = 30_000;
const RAISED_PER_S_MIN = 60;
const DONE_WITHIN_MS = 600_000;
const HOUR_MS = 3_600_000;

export interface DueTimersResult {
  readonly timers: number;
  /** Done so often as asked for: once. */
  readonly once: number;
  readonly twice: number;
  readonly missed: number;
  readonly pauses: number;
  /** From the moment at which the nodes went on until the last was done. */
  readonly doneMs: number;
}

export const isHeld = ({ timers, once }: DueTimersResult): boolean => once === timers;

const ADD_USERS = sql(
  'proof_due_users',
  `insert into accounts.users (id, email) select id, id::text from unnest($1::uuid[]) as u (id)`,
);
const NOT_DUE_YET = sql(
  'proof_due_waiting',
  `select count(*) as n from dispatch.deadlines where due_at > now()`,
);
/** With nobody near, dispatchers are told at once; the rung above is what falls due, and its event is the effect. */
const EFFECTS = sql(
  'proof_due_effects',
  `select count(*) filter (where n = 1) as once, count(*) filter (where n > 1) as twice,
          count(*) filter (where n = 0) as missed
     from (select r.id, count(e.seq) as n
             from dispatch.sos_requests r
             left join journal.events e on e.kind = 'sos' and e.stream_id = r.id and e.type = 'sos.escalated'
                                       and e.data->>'step' = 'hand_off'
            group by r.id) as counted`,
);

/** So many SOS of which something falls due at the same time, three nodes to do it, and each of them held now and then. */
export function workOffDue(
  timers: number,
  seed: number,
  say: (line: string) => void,
): Promise<DueTimersResult> {
  return onPostgres(async (databaseUrl, db) => {
    await ensurePartitions(db, systemClock.nowMs());
    const dueAfterMs = DUE_AFTER_MIN_MS + (timers / RAISED_PER_S_MIN) * 1_000;
    await raiseAll(databaseUrl, timers, dueAfterMs);
    say(`${timers} SOS are open`);
    const nodes: OwnEngine[] = [];
    try {
      for (let i = 0; i < NODES; i++) {
        nodes.push(await OwnEngine.start({ databaseUrl, env: process.env, onDeath: say }));
      }
      for (const node of nodes) hold(node);
      const allDue = async () => {
        await pause(500);
        return ((await db.query<{ n: number }>(NOT_DUE_YET))[0]?.n ?? 1) === 0;
      };
      await until(allDue, { timeoutMs: dueAfterMs + 60_000, what: 'everything to be due' });
      say('all of it is due');
      return await goOn(db, nodes, timers, seededRandom(seed), say);
    } finally {
      for (const node of nodes) await node.remove();
    }
  });
}

async function raiseAll(connectionString: string, timers: number, dueAfterMs: number): Promise<void> {
  const db = openDb({
    connection: { connectionString },
    label: 'proof',
    poolSize: 2 * RAISED_AT_ONCE,
    prepare: true,
    connectTimeoutMs: 60_000,
    queryTimeoutMs: 60_000,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  try {
    const desk = await Desk.open(db, {
      retryMs: HOUR_MS,
      ladder: [
        { step: 'dispatchers', afterMs: 0 },
        { step: 'hand_off', afterMs: Math.round(dueAfterMs) },
      ],
    });
    const callers = Array.from({ length: timers }, newId);
    await db.query(ADD_USERS, [callers]);
    await eachLimited(callers.entries(), RAISED_AT_ONCE, async ([i, caller]) => {
      // Apart, because calls of one place are held against each other.
      const south = destination(HERE, 180, Math.floor(i / PER_ROW) * APART_M);
      await desk.raise(caller, { point: destination(south, 90, (i % PER_ROW) * APART_M) });
    });
    await desk.stop();
  } finally {
    await db.close();
  }
}

async function goOn(
  db: Db,
  nodes: readonly OwnEngine[],
  timers: number,
  random: Random,
  say: (line: string) => void,
): Promise<DueTimersResult> {
  const startMs = performance.now();
  for (const node of nodes) goOnWith(node);
  let pauses = 0;
  let isDone = false;
  const pausing = (async () => {
    while (!isDone) {
      await pause(BETWEEN_PAUSES_MS * random());
      const node = must(nodes[Math.floor(random() * nodes.length)], 'a node');
      if (isDone) break;
      hold(node);
      pauses += 1;
      await pause(PAUSE_MS);
      goOnWith(node);
    }
  })();
  const counted = async () => {
    const [row] = await db.query<{ once: number; twice: number; missed: number }>(EFFECTS);
    return row ?? { once: 0, twice: 0, missed: timers };
  };
  const isOver = async () => {
    await pause(1_000);
    return (await counted()).missed === 0;
  };
  await until(isOver, { timeoutMs: DONE_WITHIN_MS, what: 'everything to be done' }).catch((error: Error) =>
    say(error.message),
  );
  const doneMs = Math.round(performance.now() - startMs);
  isDone = true;
  await pausing;
  // Whoever was held in the middle of something finishes it now, and it must be in vain.
  await pause(2 * BETWEEN_PAUSES_MS);
  return { timers, ...(await counted()), pauses, doneMs };
}

const hold = ({ pid }: OwnEngine) => pid !== null && process.kill(pid, 'SIGSTOP');
const goOnWith = ({ pid }: OwnEngine) => pid !== null && process.kill(pid, 'SIGCONT');
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `npm run verify -- due-timers [--timers 10000] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyDueTimers(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      timers: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const timers = wholeNumber('--timers', values.timers, 1);
  const result = await workOffDue(timers, wholeNumber('--seed', values.seed, 0), say);
  const held = isHeld(result);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...result, held })}\n`
      : [
          `${timers} due at once on ${NODES} nodes that were held for ${PAUSE_MS / 1_000} s ${result.pauses} times`,
          `${result.once} done once, ${result.twice} twice, ${result.missed} missed; all after ${(result.doneMs / 1_000).toFixed(1)} s`,
          held ? 'held' : 'NOT held',
          '',
        ].join('\n'),
  );
  return held ? 0 : 1;
}
