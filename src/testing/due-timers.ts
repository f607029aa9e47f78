import { parseArgs } from 'node:util';
import { newId, onPostgres } from '../../bench/on-postgres.ts';
import { destination } from '../geo/lat-lng.ts';
import { ensurePartitions } from '../jobs/partitions.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { eachLimited } from '../sim/each-limited.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { type Db, sql } from '../store/db.ts';
import { Desk, HERE } from './dispatch/desk.ts';
import { ownerDb } from './owner-db.ts';
import { wholeNumber } from './proof-options.ts';
import { RedisProcess } from './redis/server.ts';
import { until } from './until.ts';

const NODES = 3;
const RAISED_AT_ONCE = 8;
const APART_M = 2_000;
const PER_ROW = 100;
const PAUSE_MS = 10_000;
const BETWEEN_PAUSES_MS = 3_000;
/** Nothing falls due by itself while all are raised. */
const HOUR_MS = 3_600_000;
const HAND_OFF_AFTER_MS = 2 * HOUR_MS;
const RETRY_MS = 4 * HOUR_MS;
/** Then everything is due at one moment; the nodes have to serve by then. */
const DUE_IN_MS = 45_000;
const DONE_WITHIN_MS = 600_000;

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

/** Where no node was held in the middle nothing is shown. */
export const isHeld = ({ timers, once, pauses }: DueTimersResult): boolean => once === timers && pauses > 0;

const ADD_USERS = sql(
  'proof_due_users',
  `insert into accounts.users (id, email) select id, id::text from unnest($1::uuid[]) as u (id)`,
);
const DUE_TOGETHER = sql(
  'proof_due_together',
  `with moved as (update dispatch.sos_requests set seeking_since = $1::timestamptz - $2 * interval '1 millisecond')
   update dispatch.deadlines set due_at = $1`,
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

/** So many SOS of which something falls due at the same moment, three nodes to do it, and each of them held now and then. */
export function workOffDue(
  timers: number,
  seed: number,
  say: (line: string) => void,
): Promise<DueTimersResult> {
  return onPostgres(async (databaseUrl, db) => {
    await ensurePartitions(db, systemClock.nowMs());
    await raiseAll(databaseUrl, timers);
    const dueAtMs = systemClock.nowMs() + DUE_IN_MS;
    await db.query(DUE_TOGETHER, [new Date(dueAtMs), HAND_OFF_AFTER_MS]);
    say(`${timers} SOS are open`);
    const redis = await RedisProcess.start();
    const nodes: OwnEngine[] = [];
    try {
      const env = { ...process.env, REDIS_URL: redis.url };
      const start = async () => void nodes.push(await OwnEngine.start({ databaseUrl, env, onDeath: say }));
      // The first makes the role under which all work.
      await start();
      await Promise.all(Array.from({ length: NODES - 1 }, start));
      for (const node of nodes) hold(node);
      const leftMs = dueAtMs - systemClock.nowMs();
      if (leftMs < 0) throw new Error(`the nodes served ${-leftMs} ms after everything was due`);
      await pause(leftMs);
      say('all of it is due');
      return await goOn(db, nodes, timers, seededRandom(seed), say);
    } finally {
      for (const node of nodes) await node.remove();
      redis.stop();
    }
  });
}

async function raiseAll(connectionString: string, timers: number): Promise<void> {
  const db = ownerDb({ connectionString }, 2 * RAISED_AT_ONCE);
  try {
    const desk = await Desk.open(db, {
      retryMs: RETRY_MS,
      ladder: [
        { step: 'dispatchers', afterMs: 0 },
        { step: 'hand_off', afterMs: HAND_OFF_AFTER_MS },
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
