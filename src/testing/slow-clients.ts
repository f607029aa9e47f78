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

const RESPONDERS = 300;
const REQUESTERS = 40;
const SOS_PER_S = 8;
/** As often as the feed tells it: the most that there is to hear. */
const MOVES_EVERY_MS = 250;
/**
 * So long before they come and again when they are gone, together as long as it takes with them: of a few SOS the slowest hundredth
 * is chance, and a machine that becomes slower or quicker meanwhile does so on both sides.
 */
const WITHOUT_MS = 40_000;
/** A difference within this is what a machine with two cores does by itself. */
const NOISE_MS = 5;
const SHARE_MAX = 1.2;
/** From the last who has stopped to read: asked at most a ping later, looked at a sweep later, and this machine is busy. */
const CLOSED_WITHIN_MS =
  GATEWAY_DEFAULTS.deafAfterMs + GATEWAY_DEFAULTS.pingMs + GATEWAY_DEFAULTS.sweepMs + 10_000;
/** For so long at least nobody is closed yet, and none of them reads. */
const ALL_DEAF_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** As the metrics page says it; `slow` are those for whom more than the outbox holds waited before. */
const CLOSED = ['deaf', 'slow'].map((reason) => `muster_gateway_closed_total{reason="${reason}"}`);
/** One in so many has the map, as in a control room; the others hear little, and the node has nothing that waits for them. */
const ONE_HAS_MAP_OF = 10;
/** So many read again afterwards, and have to find everything. */
const READ_AGAIN = 25;
/** What the socket itself keeps, one frame that may be larger than the budget, and what a session is. */
const BESIDES_OUTBOX_MB = 0.2;

export interface SlowResult {
  readonly clients: number;
  /** Before they came and after they were gone, taken together. */
  readonly without: Percentiles;
  readonly meanwhile: Percentiles;
  /** Of these, how many watch the dispatchers' feed. */
  readonly withMap: number;
  readonly closed: number;
  /** From when none of them reads: until the first is closed, and until all are. NaN: not in time. */
  readonly allDeafMs: number;
  readonly closedAfterMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
  readonly boundMb: number;
  readonly resumed: number;
  /** Holes, repetitions, no close or one by another code than 4008: must be none. */
  readonly troubles: readonly string[];
}

type Percentiles = Readonly<Record<keyof Waits, number>>;

function p99Of(...parts: readonly Waits[]): Percentiles {
  const p99 = (what: keyof Waits) =>
    quantile(
      parts.flatMap((waits) => waits[what]),
      0.99,
    );
  return {
    ackMs: p99('ackMs'),
    offerMs: p99('offerMs'),
    feedMs: p99('feedMs'),
    positionMs: p99('positionMs'),
  };
}

export function isUnharmed({ without, meanwhile, ...result }: SlowResult): boolean {
  const isAsQuick = (Object.keys(without) as (keyof Waits)[]).every(
    (what) => meanwhile[what] <= Math.max(without[what] * SHARE_MAX, without[what] + NOISE_MS),
  );
  return (
    isAsQuick &&
    result.troubles.length === 0 &&
    result.closed === result.clients &&
    result.closedAfterMs <= CLOSED_WITHIN_MS &&
    result.allDeafMs >= ALL_DEAF_MS &&
    result.mostMb - result.beforeMb <= result.boundMb
  );
}

/** Clients that sign in, ask for all they may hear, and read none of it, beside people in trouble. */
export function sufferSlowClients(clients: number, seed: number): Promise<SlowResult> {
  // What is proved here must not depend on what else the machine does: overload is another proof.
  const env = { MUSTER_OVERLOAD_FROM_MS: '5000' };
  const dispatchers = 1 + mapsOf(clients);
  const size = { responders: RESPONDERS, requesters: REQUESTERS, dispatchers, seed, env };
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
      const before = await probe.raise(SOS_PER_S, after(WITHOUT_MS));
      const found = await withThem(scene, probe, clients);
      await probe.raise(SOS_PER_S, after(3_000));
      const afterwards = await probe.raise(SOS_PER_S, after(WITHOUT_MS));
      const troubles = [...found.troubles, ...scene.troubles];
      return { ...found, troubles, without: p99Of(before, afterwards) };
    } finally {
      probe.close();
    }
  });
}

async function withThem(
  scene: Scene,
  probe: SosProbe,
  clients: number,
): Promise<Omit<SlowResult, 'without'>> {
  const beforeMb = scene.residentMb();
  let mostMb = beforeMb;
  const watching = setInterval(() => {
    mostMb = Math.max(mostMb, scene.residentMb());
  }, 200);
  const deaf = await allDeaf(scene, clients);
  const closing = watchClosing(scene, clients);
  const meanwhile = await probe.raise(SOS_PER_S, closing.isOver);
  clearInterval(watching);
  const troubles: string[] = [];
  const withMap = mapsOf(clients);
  let resumed = 0;
  for (const one of deaf.slice(0, Math.min(READ_AGAIN, withMap))) {
    const found = await one.readAll();
    troubles.push(...found);
    if (found.length === 0) resumed += 1;
  }
  for (const one of deaf) one.close();
  return {
    clients,
    meanwhile: p99Of(meanwhile),
    withMap,
    ...closing.found(),
    beforeMb,
    mostMb,
    boundMb: clients * (GATEWAY_DEFAULTS.outboxBytes / 1024 / 1024 + BESIDES_OUTBOX_MB),
    resumed,
    troubles,
  };
}

/** How many of them have the map: each is somebody of their own, who has the next few without it too. */
const mapsOf = (clients: number): number => Math.ceil(clients / ONE_HAS_MAP_OF);

/** So many who do not read, first those who have the map. */
async function allDeaf(scene: Scene, clients: number): Promise<DeafClient[]> {
  const tailed = must(scene.requesters[0], 'somebody in trouble').userId;
  const deaf: DeafClient[] = [];
  await eachLimited(Array.from({ length: clients }, (_, i) => i).values(), 10, async (i) => {
    const { token } = must(scene.dispatchers[1 + Math.floor(i / ONE_HAS_MAP_OF)], 'another dispatcher');
    const hasMap = i % ONE_HAS_MAP_OF === 0;
    const client = await DeafClient.open(scene.url, token, tailed, hasMap);
    if (hasMap) deaf.unshift(client);
    else deaf.push(client);
  });
  return deaf;
}

/** From now on, once a second: how many were closed. Is over when all are, or it takes too long. */
function watchClosing(scene: Scene, clients: number) {
  const startMs = performance.now();
  let closed = 0;
  let allDeafMs = Number.NaN;
  let closedAfterMs = Number.NaN;
  const look = async () => {
    const counts = await Promise.all(CLOSED.map((name) => scene.metric(name)));
    closed = counts.reduce((sum, count) => sum + count, 0);
    const nowMs = performance.now() - startMs;
    if (closed > 0 && Number.isNaN(allDeafMs)) allDeafMs = nowMs;
    if (closed >= clients && Number.isNaN(closedAfterMs)) closedAfterMs = nowMs;
  };
  const looking = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  const isOver = () => {
    const isIt = closed >= clients || performance.now() - startMs > CLOSED_WITHIN_MS;
    if (isIt) clearInterval(looking);
    return isIt;
  };
  return { isOver, found: () => ({ closed, allDeafMs, closedAfterMs }) };
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

const inS = (ms: number): string => `${Math.round(ms / 1_000)} s`;

const whenClosed = ({ closedAfterMs, clients }: SlowResult): string =>
  Number.isNaN(closedAfterMs)
    ? `not all ${clients} within ${inS(CLOSED_WITHIN_MS)}`
    : `all after ${inS(closedAfterMs)}`;

function sentencesOf(result: SlowResult): string {
  const { without, meanwhile } = result;
  const row = (what: keyof Waits, words: string) =>
    `  ${words.padEnd(40)} ${without[what].toFixed(1).padStart(8)} ${meanwhile[what].toFixed(1).padStart(10)}`;
  return [
    `${result.clients} clients that say they live and never read, ${result.withMap} of them with the map of a dispatcher; ${SOS_PER_S} SOS and ${(RESPONDERS * 1_000) / MOVES_EVERY_MS} positions a second from others`,
    '  p99 in ms of the others                    without       with',
    row('ackMs', 'SOS to its acknowledgement'),
    row('offerMs', 'SOS to the first offer'),
    row('feedMs', 'SOS to the feed of a dispatcher'),
    row('positionMs', 'position to its acknowledgement'),
    `none read and all were connected for ${inS(result.allDeafMs)}; ${result.closed} closed as slow (4008), ${whenClosed(result)}`,
    `memory of the node ${result.beforeMb} MB before, ${result.mostMb} MB at most; bound +${Math.round(result.boundMb)} MB`,
    `${result.resumed} of ${Math.min(READ_AGAIN, result.withMap)} that read again resumed by number without a hole`,
    ...result.troubles.map((trouble) => `  ${trouble}`),
  ].join('\n');
}
