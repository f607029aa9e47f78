import { parseArgs } from 'node:util';
import { GATEWAY_DEFAULTS } from '../gateway/config.ts';
import { must } from '../lib/assert.ts';
import { seededRandom } from '../lib/random.ts';
import { eachLimited } from '../sim/each-limited.ts';
import { DeafClient } from './overload/deaf-client.ts';
import { onScene, type Scene } from './overload/scene.ts';
import { SosProbe, type Waits } from './overload/sos-probe.ts';
import { wholeNumber } from './proof-options.ts';
import {
  CLOSED_WITHIN_MS,
  harmsOf,
  p99Of,
  type Round,
  roundWords,
  type SlowResult,
  sentencesOf,
} from './slow-clients-verdict.ts';

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
const LOOK_EVERY_MS = 1_000;
const WEIGH_EVERY_MS = 200;
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

/** Clients that sign in, ask for all they may hear, and read none of it, beside people in trouble. */
export function sufferSlowClients(clients: number, times: number, seed: number): Promise<SlowResult> {
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
    const meanwhile: Waits[] = [];
    const rounds: Round[] = [];
    const troubles: string[] = [];
    const alone = async () => {
      await probe.raise(SOS_PER_S, after(SETTLE_MS));
      const raised = await probe.raise(SOS_PER_S, after(WITHOUT_MS));
      troubles.push(...unansweredOf(raised));
      without.push(raised);
    };
    try {
      await probe.raise(SOS_PER_S, after(WARM_MS));
      await alone();
      while (rounds.length < times) {
        const { raised, ...round } = await withThem(scene, probe, watch, clients);
        troubles.push(...unansweredOf(raised));
        meanwhile.push(raised);
        await alone();
        const waits = { around: p99Of(...without.slice(-2)), meanwhile: p99Of(raised) };
        rounds.push({ ...round, ...waits });
        process.stderr.write(`${roundWords(rounds.length, times, waits)}\n`);
      }
      return {
        clients,
        sosPerS: SOS_PER_S,
        positionsPerS: (RESPONDERS * 1_000) / MOVES_EVERY_MS,
        without: p99Of(...without),
        meanwhile: p99Of(...meanwhile),
        first: p99Of(...without.slice(0, 1)),
        last: p99Of(...without.slice(-1)),
        withMap: mapsOf(clients),
        boundMb: clients * (GATEWAY_DEFAULTS.outboxBytes / 1024 / 1024 + BESIDES_OUTBOX_MB),
        rounds,
        troubles: [...troubles, ...scene.troubles],
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
): Promise<Omit<Round, 'around' | 'meanwhile'> & { readonly raised: Raised }> {
  const beforeMb = scene.residentMb();
  watch.startOver();
  const deaf = await allDeaf(scene, clients);
  const closing = watchClosing(watch, clients);
  const raised = await probe.raise(SOS_PER_S, closing.isOver);
  const closed = { ...closing.found(), mostMb: watch.mostMb };
  const troubles: string[] = [];
  let resumed = 0;
  const readAgain = Math.min(READ_AGAIN, mapsOf(clients));
  for (const one of deaf.slice(0, readAgain)) {
    const found = await one.readAll();
    troubles.push(...found);
    if (found.length === 0) resumed += 1;
  }
  for (const one of deaf) one.close();
  return { raised, ...closed, beforeMb, readAgain, resumed, troubles };
}

type Raised = Awaited<ReturnType<SosProbe['raise']>>;

/** Whoever waits for ever is in no percentile. */
function unansweredOf({ raised, ackMs, offerMs, feedMs }: Raised): string[] {
  const missing = { acknowledged: ackMs, offered: offerMs, 'shown to the dispatcher': feedMs };
  return Object.entries(missing).flatMap(([what, { length }]) =>
    length === raised ? [] : [`of ${raised} SOS ${length} were ${what}`],
  );
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
    closed = await scene.metric(...CLOSED);
  };
  const looking = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  const weighing = setInterval(() => {
    mostMb = Math.max(mostMb, scene.residentMb());
  }, WEIGH_EVERY_MS);
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
    stop() {
      clearInterval(looking);
      clearInterval(weighing);
    },
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
  return harmsOf(result).length === 0 ? 0 : 1;
}
