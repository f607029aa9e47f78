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
 * So often they come. Of a few SOS the slowest hundredth is chance (of 640, the sixth), and a machine that becomes slower or quicker
 * meanwhile has to do so on both sides.
 */
const ROUNDS = 3;
/** So long before the first come, and again each time when they are gone: together about as long as with them. */
const WITHOUT_MS = 60_000;
/** A difference within this is what a machine with two cores does by itself. */
const NOISE_MS = 5;
const SHARE_MAX = 1.2;
/** From the last who has stopped to read: asked at most a ping later, looked at a sweep later, and this machine is busy. */
const CLOSED_WITHIN_MS =
  GATEWAY_DEFAULTS.deafAfterMs + GATEWAY_DEFAULTS.pingMs + GATEWAY_DEFAULTS.sweepMs + 10_000;
/** For so long at least nobody is closed yet, and none of them reads. */
const ALL_DEAF_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** Until those who came or went are no more work, and at first until what a node does all the time is compiled. */
const SETTLE_MS = 3_000;
const WARM_MS = 20_000;
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
  /** Of all rounds taken together: while they were not there, and while they were. */
  readonly without: Percentiles;
  readonly meanwhile: Percentiles;
  /** Of these, how many watch the dispatchers' feed. */
  readonly withMap: number;
  readonly boundMb: number;
  readonly rounds: readonly Round[];
  /** Of the node. */
  readonly troubles: readonly string[];
}

/** They come once, and are gone. */
interface Round {
  readonly closed: number;
  /** From when none of them reads: until the first is closed, and until all are. NaN: not in time. */
  readonly allDeafMs: number;
  readonly closedAfterMs: number;
  readonly beforeMb: number;
  readonly mostMb: number;
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

export function isUnharmed({ clients, without, meanwhile, boundMb, rounds, troubles }: SlowResult): boolean {
  const isAsQuick = (Object.keys(without) as (keyof Waits)[]).every(
    (what) => meanwhile[what] <= Math.max(without[what] * SHARE_MAX, without[what] + NOISE_MS),
  );
  const isHarmless = (round: Round) =>
    round.troubles.length === 0 &&
    round.closed === clients &&
    round.closedAfterMs <= CLOSED_WITHIN_MS &&
    round.allDeafMs >= ALL_DEAF_MS &&
    // Against the first: what stays behind of them each time is not bounded.
    round.mostMb - (rounds[0]?.beforeMb ?? 0) <= boundMb;
  return isAsQuick && troubles.length === 0 && rounds.length > 0 && rounds.every(isHarmless);
}

/** Clients that sign in, ask for all they may hear, and read none of it, beside people in trouble. */
export function sufferSlowClients(clients: number, rounds: number, seed: number): Promise<SlowResult> {
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
    const watch = watchNode(scene);
    const without: Waits[] = [];
    const alone = async () => {
      await probe.raise(SOS_PER_S, after(SETTLE_MS));
      without.push(await probe.raise(SOS_PER_S, after(WITHOUT_MS)));
    };
    const meanwhile: Waits[] = [];
    const found: Round[] = [];
    try {
      await probe.raise(SOS_PER_S, after(WARM_MS));
      await alone();
      while (found.length < rounds) {
        const { waits, ...round } = await withThem(scene, probe, watch, clients);
        meanwhile.push(waits);
        found.push(round);
        await alone();
        process.stderr.write(
          `${roundWords(found.length, rounds, p99Of(waits), p99Of(...without.slice(-2)))}\n`,
        );
      }
      return {
        clients,
        without: p99Of(...without),
        meanwhile: p99Of(...meanwhile),
        withMap: mapsOf(clients),
        boundMb: clients * (GATEWAY_DEFAULTS.outboxBytes / 1024 / 1024 + BESIDES_OUTBOX_MB),
        rounds: found,
        troubles: scene.troubles,
      };
    } finally {
      watch.stop();
      probe.close();
    }
  });
}

async function withThem(
  scene: Scene,
  probe: SosProbe,
  watch: NodeWatch,
  clients: number,
): Promise<Round & { waits: Waits }> {
  const beforeMb = scene.residentMb();
  watch.startOver();
  const deaf = await allDeaf(scene, clients);
  const closing = watchClosing(watch, clients);
  const waits = await probe.raise(SOS_PER_S, closing.isOver);
  const { mostMb } = watch;
  const troubles: string[] = [];
  let resumed = 0;
  for (const one of deaf.slice(0, readAgainOf(clients))) {
    const found = await one.readAll();
    troubles.push(...found);
    if (found.length === 0) resumed += 1;
  }
  for (const one of deaf) one.close();
  return { waits, ...closing.found(), beforeMb, mostMb, resumed, troubles };
}

type NodeWatch = ReturnType<typeof watchNode>;

/**
 * Looks at the node once a second from the beginning to the end: it is work of milliseconds, which those who wait must have with
 * them and without.
 */
function watchNode(scene: Scene) {
  let closed = 0;
  let closedBefore = 0;
  let mostMb = 0;
  const look = async () => {
    mostMb = Math.max(mostMb, scene.residentMb());
    closed = await scene.metric(...CLOSED);
  };
  const looking = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  return {
    /** How many were closed, by the metrics page, and how much memory it took at most, since it was started over. */
    get closed() {
      return closed - closedBefore;
    },
    get mostMb() {
      return mostMb;
    },
    startOver() {
      closedBefore = closed;
      mostMb = 0;
    },
    stop: () => clearInterval(looking),
  };
}

const readAgainOf = (clients: number): number => Math.min(READ_AGAIN, mapsOf(clients));

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

/** From now on: when they are closed. Is over when all are, or it takes too long; to be asked all the time. */
function watchClosing(watch: Pick<NodeWatch, 'closed'>, clients: number) {
  const startMs = performance.now();
  let allDeafMs = Number.NaN;
  let closedAfterMs = Number.NaN;
  const isOver = () => {
    const nowMs = performance.now() - startMs;
    if (watch.closed > 0 && Number.isNaN(allDeafMs)) allDeafMs = nowMs;
    if (watch.closed >= clients && Number.isNaN(closedAfterMs)) closedAfterMs = nowMs;
    return watch.closed >= clients || nowMs > CLOSED_WITHIN_MS;
  };
  return { isOver, found: () => ({ closed: watch.closed, allDeafMs, closedAfterMs }) };
}

function after(ms: number): () => boolean {
  const endMs = performance.now() + ms;
  return () => performance.now() >= endMs;
}

/** `npm run verify -- slow-clients [--clients 500] [--rounds 3] [--seed N] [--json]`. Answers with the exit code. */
export async function verifySlowClients(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string', default: '500' },
      rounds: { type: 'string', default: `${ROUNDS}` },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await sufferSlowClients(
    wholeNumber('--clients', values.clients, 1),
    wholeNumber('--rounds', values.rounds, 1),
    wholeNumber('--seed', values.seed, 0),
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return isUnharmed(result) ? 0 : 1;
}

/** Said as it goes: the whole takes minutes. */
const roundWords = (n: number, of: number, meanwhile: Percentiles, without: Percentiles): string =>
  `round ${n} of ${of}: SOS to its acknowledgement ${without.ackMs.toFixed(1)} ms without them, ${meanwhile.ackMs.toFixed(1)} ms with them (p99)`;

const inS = (ms: number): string => `${Math.round(ms / 1_000)} s`;

const whenClosed = ({ closedAfterMs }: Round, clients: number): string =>
  Number.isNaN(closedAfterMs)
    ? `not all ${clients} within ${inS(CLOSED_WITHIN_MS)}`
    : `all after ${inS(closedAfterMs)}`;

function sentencesOf(result: SlowResult): string {
  const { without, meanwhile, clients, rounds } = result;
  const row = (what: keyof Waits, words: string) =>
    `  ${words.padEnd(40)} ${without[what].toFixed(1).padStart(8)} ${meanwhile[what].toFixed(1).padStart(10)}`;
  return [
    `${clients} clients that say they live and never read, ${result.withMap} of them with the map of a dispatcher, ${rounds.length} times; ${SOS_PER_S} SOS and ${(RESPONDERS * 1_000) / MOVES_EVERY_MS} positions a second from others`,
    '  p99 in ms of the others                    without       with',
    row('ackMs', 'SOS to its acknowledgement'),
    row('offerMs', 'SOS to the first offer'),
    row('feedMs', 'SOS to the feed of a dispatcher'),
    row('positionMs', 'position to its acknowledgement'),
    ...rounds.flatMap((round) => [
      `none read and all were connected for ${inS(round.allDeafMs)}; ${round.closed} closed as slow (4008), ${whenClosed(round, clients)}`,
      `  memory of the node ${round.beforeMb} MB before, ${round.mostMb} MB at most; bound +${Math.round(result.boundMb)} MB`,
      `  ${round.resumed} of ${readAgainOf(clients)} that read again resumed by number without a hole`,
      ...round.troubles.map((trouble) => `  ${trouble}`),
    ]),
    ...result.troubles,
  ].join('\n');
}
