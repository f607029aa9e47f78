import { parseArgs } from 'node:util';
import { quantile } from '../../bench/on-postgres.ts';
import { GATEWAY_DEFAULTS } from '../gateway/config.ts';
import { must } from '../lib/assert.ts';
import { seededRandom } from '../lib/random.ts';
import { eachLimited } from '../sim/each-limited.ts';
import { DeafClient } from './overload/deaf-client.ts';
import { onScene, type Scene } from './overload/scene.ts';
import { SosProbe, type Waits } from './overload/sos-probe.ts';
import { wholeNumber } from './proof-options.ts';
import { until } from './until.ts';

const RESPONDERS = 300;
const REQUESTERS = 40;
const SOS_PER_S = 8;
/** As often as the feed tells it, so that what the system keeps for those who do not read is full soon. */
const MOVES_EVERY_MS = 250;
const BEFORE_MS = 20_000;
/** A difference within this is what a machine with two cores does by itself. */
const NOISE_MS = 5;
const SHARE_MAX = 1.2;
/** What the system keeps for one connection can be ten megabytes: minutes of the map. */
const CLOSED_WITHIN_MS = 480_000;
/** Of some it keeps more, and then there is nothing that waits for them in the node. */
const CLOSED_SHARE = 0.9;
/** As the metrics page says it. */
const CLOSED_SLOW = 'muster_gateway_closed_total{reason="slow"}';
/** One in so many has the map, as in a control room; the others hear little, and what they do not read stays with the system. */
const ONE_HAS_MAP_OF = 10;
/** So many read again afterwards, and have to find everything. */
const READ_AGAIN = 25;
/** What the socket itself keeps, one frame that may be larger than the budget, and what a session is. */
const BESIDES_OUTBOX_MB = 0.2;

export interface SlowResult {
  readonly clients: number;
  readonly before: Percentiles;
  readonly meanwhile: Percentiles;
  /** Of these, how many watch the dispatchers' feed. */
  readonly withMap: number;
  readonly closedSlow: number;
  readonly closedAfterMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly boundMb: number;
  readonly resumed: number;
  /** Holes, repetitions, or a close by another code than 4008: must be none. */
  readonly troubles: readonly string[];
}

type Percentiles = Readonly<Record<keyof Waits, number>>;

const p99Of = (waits: Waits): Percentiles => ({
  ackMs: quantile(waits.ackMs, 0.99),
  offerMs: quantile(waits.offerMs, 0.99),
  feedMs: quantile(waits.feedMs, 0.99),
  positionMs: quantile(waits.positionMs, 0.99),
});

export function isUnharmed({ before, meanwhile, ...result }: SlowResult): boolean {
  const isAsQuick = (Object.keys(before) as (keyof Waits)[]).every(
    (what) => meanwhile[what] <= Math.max(before[what] * SHARE_MAX, before[what] + NOISE_MS),
  );
  return (
    isAsQuick &&
    result.troubles.length === 0 &&
    result.closedSlow >= CLOSED_SHARE * result.withMap &&
    result.mostMb - result.beforeMb <= result.boundMb
  );
}

/** Clients that sign in, ask for all they may hear, and read none of it, beside people in trouble. */
export function sufferSlowClients(clients: number, seed: number): Promise<SlowResult> {
  // What is proved here must not depend on what else the machine does: overload is another proof.
  const env = { MUSTER_OVERLOAD_FROM_MS: '5000' };
  const size = { responders: RESPONDERS, requesters: REQUESTERS, dispatchers: 2, seed, env };
  return onScene(size, async (scene) => {
    const dispatcher = must(scene.dispatchers[0], 'a dispatcher');
    const probe = await SosProbe.start({
      ...scene,
      dispatcher,
      random: seededRandom(seed),
      movesEveryMs: MOVES_EVERY_MS,
    });
    try {
      await probe.raise(SOS_PER_S, after(3_000));
      const before = await probe.raise(SOS_PER_S, after(BEFORE_MS));
      return await withThem(scene, probe, p99Of(before), clients);
    } finally {
      probe.close();
    }
  });
}

async function withThem(
  scene: Scene,
  probe: SosProbe,
  before: Percentiles,
  clients: number,
): Promise<SlowResult> {
  const beforeMb = scene.residentMb();
  let mostMb = beforeMb;
  const watching = setInterval(() => {
    mostMb = Math.max(mostMb, scene.residentMb());
  }, 200);
  const { token } = must(scene.dispatchers[1], 'another dispatcher');
  const tailed = must(scene.requesters[0], 'somebody in trouble').userId;
  const withMap = Math.ceil(clients / ONE_HAS_MAP_OF);
  const deaf: DeafClient[] = [];
  await eachLimited(Array.from({ length: clients }, (_, i) => i).values(), 10, async (i) => {
    const hasMap = i % ONE_HAS_MAP_OF === 0;
    const client = await DeafClient.open(scene.url, token, tailed, hasMap);
    if (hasMap) deaf.unshift(client);
    else deaf.push(client);
  });
  const startMs = performance.now();
  let closedAfterMs = Number.NaN;
  const allClosed = async () => {
    if ((await scene.metric(CLOSED_SLOW)) < CLOSED_SHARE * withMap) return false;
    closedAfterMs = performance.now() - startMs;
    return true;
  };
  let isOver = false;
  const waiting = until(allClosed, { timeoutMs: CLOSED_WITHIN_MS, what: 'the slow ones to be closed' })
    .catch(() => {})
    .finally(() => {
      isOver = true;
    });
  const meanwhile = await probe.raise(SOS_PER_S, () => isOver);
  await waiting;
  clearInterval(watching);
  const closedSlow = await scene.metric(CLOSED_SLOW);
  const troubles = [...scene.troubles];
  let resumed = 0;
  for (const one of deaf.slice(0, Math.min(READ_AGAIN, withMap))) {
    const found = await one.readAll();
    troubles.push(...found);
    if (found.length === 0) resumed += 1;
  }
  for (const one of deaf) one.close();
  return {
    clients,
    before,
    meanwhile: p99Of(meanwhile),
    withMap,
    closedSlow,
    closedAfterMs,
    beforeMb,
    mostMb,
    boundMb: clients * (GATEWAY_DEFAULTS.outboxBytes / 1024 / 1024 + BESIDES_OUTBOX_MB),
    resumed,
    troubles,
  };
}

function after(ms: number): () => boolean {
  const endMs = performance.now() + ms;
  return () => performance.now() >= endMs;
}

/** `npm run verify -- slow-clients [--clients 500] [--seed N] [--json]`. Answers with the exit code. */
export async function verifySlowClients(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await sufferSlowClients(
    wholeNumber('--clients', values.clients, 1),
    wholeNumber('--seed', values.seed, 0),
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return isUnharmed(result) ? 0 : 1;
}

const whenClosed = ({ closedAfterMs }: SlowResult): string =>
  Number.isNaN(closedAfterMs)
    ? `not nine of ten within ${CLOSED_WITHIN_MS / 1_000} s`
    : `nine of ten after ${Math.round(closedAfterMs / 1_000)} s`;

function sentencesOf(result: SlowResult): string {
  const { before, meanwhile } = result;
  const row = (what: keyof Waits, words: string) =>
    `  ${words.padEnd(40)} ${before[what].toFixed(1).padStart(8)} ${meanwhile[what].toFixed(1).padStart(10)}`;
  return [
    `${result.clients} clients that never read, ${result.withMap} of them with the map of a dispatcher; ${SOS_PER_S} SOS and ${(RESPONDERS * 1_000) / MOVES_EVERY_MS} positions a second from others`,
    '  p99 in ms of the others                    without       with',
    row('ackMs', 'SOS to its acknowledgement'),
    row('offerMs', 'SOS to the first offer'),
    row('feedMs', 'SOS to the feed of a dispatcher'),
    row('positionMs', 'position to its acknowledgement'),
    `${result.closedSlow} closed as slow (4008), ${whenClosed(result)}`,
    `memory of the node ${result.beforeMb} MB before, ${result.mostMb} MB at most; bound +${Math.round(result.boundMb)} MB`,
    `${result.resumed} of ${Math.min(READ_AGAIN, result.withMap)} that read again resumed by number without a hole`,
    ...result.troubles.map((trouble) => `  ${trouble}`),
  ].join('\n');
}
