import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile } from '../../bench/on-postgres.ts';
import { must } from '../lib/assert.ts';
import { packageRoot } from '../lib/package-root.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import type { FlooderFigures, FlooderNews, FlooderOrder } from './overload/flooder.ts';
import { onScene, type Scene } from './overload/scene.ts';
import { SosProbe } from './overload/sos-probe.ts';
import { wholeNumber } from './proof-options.ts';

const FLOODERS = 300;
const RESPONDERS = 200;
const REQUESTERS = 40;
const SOS_PER_S = 8;
const TIMES_RATED = 4;
/** Steps on which it is found out what the node holds: single fixes a second, within the limits of a socket. */
const STEPS_PER_S = [1_000, 2_000, 3_000, 4_500, 6_000];
const STEP_MS = 4_000;
/** A node holds what it acknowledges wholly, and this soon at its 99th percentile. */
const HELD_P99_MS = 500;
const SOS_P99_MS_MAX = 300;
const GROWTH_MB_MAX = 300;

export interface FloodResult {
  readonly ratedPerS: number;
  readonly sentPerS: number;
  readonly seconds: number;
  readonly sos: number;
  readonly ackP99Ms: number;
  readonly offerP99Ms: number;
  readonly quietAckP99Ms: number;
  readonly quietOfferP99Ms: number;
  /** Called for and not acknowledged, or acknowledged and offered to nobody: must be 0. */
  readonly sosMissing: number;
  readonly acked: number;
  /** Acknowledged positions that are not stored: must be 0. */
  readonly lost: number;
  readonly flooders: number;
  readonly told: number;
  readonly holds: number;
  readonly overloadChanges: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly troubles: readonly string[];
}

export const isUnharmed = (result: FloodResult): boolean =>
  result.ackP99Ms < SOS_P99_MS_MAX &&
  result.offerP99Ms < SOS_P99_MS_MAX &&
  result.sosMissing + result.lost + result.troubles.length === 0 &&
  result.told === result.flooders &&
  result.mostMb - result.beforeMb <= GROWTH_MB_MAX;

/** People in trouble while sockets that obey nothing send four times the positions that the node holds. */
export function flood(seconds: number, seed: number): Promise<FloodResult> {
  const size = { responders: RESPONDERS + FLOODERS, requesters: REQUESTERS, dispatchers: 1, seed };
  return onScene(size, async (scene) => {
    const dispatcher = must(scene.dispatchers[0], 'a dispatcher');
    const responders = scene.responders.slice(0, RESPONDERS);
    const people = scene.responders.slice(RESPONDERS);
    const probe = await SosProbe.start({
      ...scene,
      responders,
      dispatcher,
      random: seededRandom(seed),
      movesEveryMs: 1_000,
    });
    const flooder = new FlooderProcess();
    try {
      await flooder.connect({ kind: 'connect', url: scene.url, people });
      return await throughIt(scene, probe, flooder, seconds);
    } finally {
      probe.close();
      flooder.stop();
    }
  });
}

async function throughIt(
  scene: Scene,
  probe: SosProbe,
  flooder: FlooderProcess,
  seconds: number,
): Promise<FloodResult> {
  const quiet = await probe.raise(SOS_PER_S, after(5_000));
  const ratedPerS = await ratedOf(flooder);
  const beforeMb = scene.residentMb();
  let mostMb = beforeMb;
  const watching = setInterval(() => {
    mostMb = Math.max(mostMb, scene.residentMb());
  }, 200);
  let isOver = false;
  const flooding = flooder.send(TIMES_RATED * ratedPerS, seconds * 1_000).finally(() => {
    isOver = true;
  });
  const waits = await probe.raise(SOS_PER_S, () => isOver);
  const figures = await flooding;
  clearInterval(watching);
  const { ackMs, offerMs, raised } = waits;
  return {
    ratedPerS,
    sentPerS: figures.sentPerS,
    seconds,
    sos: raised,
    ackP99Ms: quantile(ackMs, 0.99),
    offerP99Ms: quantile(offerMs, 0.99),
    quietAckP99Ms: quantile(quiet.ackMs, 0.99),
    quietOfferP99Ms: quantile(quiet.offerMs, 0.99),
    sosMissing: raised - ackMs.length + (raised - offerMs.length),
    acked: figures.acked,
    lost: await lostOf(scene, figures.ackedSeqs),
    flooders: FLOODERS,
    told: figures.told,
    holds: figures.holds,
    overloadChanges: await scene.metric('muster_overload_changes_total'),
    beforeMb,
    mostMb,
    troubles: [...scene.troubles, ...Object.entries(probe.refused).map(([code, n]) => `${n} times ${code}`)],
  };
}

/** The most single fixes a second that are all acknowledged, and soon. */
async function ratedOf(flooder: FlooderProcess): Promise<number> {
  let rated = STEPS_PER_S[0] ?? 0;
  for (const perS of STEPS_PER_S) {
    const { sent, sentPerS, acked, ackMs } = await flooder.send(perS, STEP_MS);
    const isHeld = acked >= sent && sentPerS >= 0.95 * perS && quantile(ackMs, 0.99) <= HELD_P99_MS;
    if (!isHeld) break;
    rated = perS;
  }
  return rated;
}

// What was counted but not kept has its reason in a table of its own, by day.
const STORED = sql(
  'proof_flood_stored',
  `select d.device_id, coalesce(p.rows, 0) + coalesce(r.rows, 0) as rows
     from unnest($1::uuid[]) as d (device_id)
     left join (select device_id, count(distinct seq) as rows from telemetry.positions
                 where device_id = any($1) group by device_id) p using (device_id)
     left join (select device_id, sum(fixes) as rows from telemetry.refused_fixes
                 where device_id = any($1) group by device_id) r using (device_id)`,
);

async function lostOf({ db }: Scene, ackedSeqs: FlooderFigures['ackedSeqs']): Promise<number> {
  const stored = new Map(
    (await db.query<{ device_id: string; rows: number }>(STORED, [ackedSeqs.map(([id]) => id)])).map(
      ({ device_id, rows }) => [device_id, rows],
    ),
  );
  return ackedSeqs.reduce((sum, [id, seq]) => sum + Math.max(0, seq - (stored.get(id) ?? 0)), 0);
}

/** The flooder as a process of its own, so that it takes no time from those who measure. */
class FlooderProcess {
  readonly #child: ChildProcess;

  constructor() {
    const file = fileURLToPath(new URL('dist/src/testing/overload/flooder.js', packageRoot));
    this.#child = fork(file, { serialization: 'advanced' });
  }

  async connect(order: FlooderOrder): Promise<void> {
    await this.#ask(order);
  }

  async send(perS: number, ms: number): Promise<FlooderFigures> {
    const news = await this.#ask({ kind: 'send', perS: Math.round(perS), ms });
    if (news.kind !== 'sent') throw new Error('the flooder said something else');
    return news.figures;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #ask(order: FlooderOrder): Promise<FlooderNews> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null) => reject(new Error(`the flooder ended with ${code}`));
      this.#child.once('exit', died);
      this.#child.once('message', (news: FlooderNews) => {
        this.#child.off('exit', died);
        resolve(news);
      });
      this.#child.send(order);
    });
  }
}

function after(ms: number): () => boolean {
  const endMs = performance.now() + ms;
  return () => performance.now() >= endMs;
}

/** `npm run verify -- position-flood [--seconds 20] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyPositionFlood(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await flood(
    wholeNumber('--seconds', values.seconds, 3),
    wholeNumber('--seed', values.seed, 0),
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return isUnharmed(result) ? 0 : 1;
}

function sentencesOf(result: FloodResult): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    `rated: ${result.ratedPerS} single fixes a second, all acknowledged within ${HELD_P99_MS} ms (p99); sent: ${result.sentPerS} a second for ${result.seconds} s by ${result.flooders} sockets`,
    `SOS to its acknowledgement p99 ${ms(result.ackP99Ms)} (before the flood ${ms(result.quietAckP99Ms)}), to the first offer p99 ${ms(result.offerP99Ms)} (${ms(result.quietOfferP99Ms)}), of ${result.sos}; limit ${SOS_P99_MS_MAX} ms`,
    `${result.sosMissing} SOS without acknowledgement or offer; ${result.acked} positions acknowledged meanwhile, ${result.lost} of all acknowledged ones lost`,
    `${result.told} of ${result.flooders} that flood were told to wait, ${result.holds} times; the level of overload changed ${result.overloadChanges} times`,
    `memory of the node ${result.beforeMb} MB before, ${result.mostMb} MB at most`,
    ...result.troubles.map((trouble) => `  ${trouble}`),
  ].join('\n');
}
