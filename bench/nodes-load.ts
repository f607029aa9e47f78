import { randomUUID } from 'node:crypto';
import { latLngToCell } from 'h3-js';
import { Mirror, type OwnPerson } from '../src/fanout/mirror.ts';
import { Leases } from '../src/fanout/nodes/leases.ts';
import { RedisBus } from '../src/fanout/redis/redis-bus.ts';
import { destination, type LatLng } from '../src/geo/lat-lng.ts';
import { must } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/log.ts';
import { noMetrics } from '../src/lib/metric.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { redisAddressOf } from '../src/lib/redis-address.ts';
import { eachLimited } from '../src/sim/each-limited.ts';
import { Line } from '../src/testing/line.ts';
import { machineMs, type Sent, TIMED_EVERY_NTH } from './nodes-timed.ts';
import { newId } from './on-postgres.ts';
import type { Person } from './people.ts';

/** Everybody who moves, in a process of their own: what is measured elsewhere must not wait for who makes the load. */
export interface LoadOrder {
  readonly seed: number;
  readonly redisUrl: string;
  readonly urls: readonly string[];
  /** On sockets, with their tokens. */
  readonly connected: readonly (readonly [Person, token: string])[];
  /** On the sockets of a node that is played here. */
  readonly ghosts: readonly Person[];
}

export type LoadSays = { readonly kind: 'moving' } | { readonly kind: 'sent'; readonly sent: Sent[] };

const FIX_EVERY_MS = 1_000;
const BEAT_MS = 3_000;
const SLICE_MS = 5;
const SLICES = FIX_EVERY_MS / SLICE_MS;
const SQUARES_PER_DEGREE = 10;

/** A node that has everybody else on its sockets, as far as the others can tell. */
async function ghostNode(redisUrl: string, ghosts: readonly Person[], random: Random) {
  const nodeId = newId();
  const outside = { clock: systemClock, log: silentLogger, metrics: noMetrics };
  const address = must(redisAddressOf(redisUrl), 'an address of Redis');
  const bus = new RedisBus({
    ...outside,
    address,
    prefix: 'muster',
    carries: 'rows',
    nodeId,
    onGap: () => {},
  });
  await bus.ready(10_000);
  await bus.beat(60_000);
  const where = new Map<string, OwnPerson>();
  const mirror = new Mirror({
    ...outside,
    nodeId,
    leases: new Leases(systemClock, nodeId),
    regionOf: roughRegion(),
    standIn: { write: () => {}, takeBack: async () => {} },
    people: { ownOf: (userId) => where.get(userId) ?? null, placeElsewhere: () => {}, dropNode: () => {} },
    store: bus,
  });
  const move = ({ userId, at }: Person) => {
    const point = destination(at, random() * 360, random() * 30);
    where.set(userId, { connections: 1, point, locatedAtMs: systemClock.nowMs() });
    mirror.changed(userId);
  };
  const stopMoving = inSlices(ghosts, move);
  const beating = setInterval(() => void bus.beat(60_000).catch(() => {}), BEAT_MS);
  return {
    stop: async () => {
      stopMoving();
      clearInterval(beating);
      await mirror.stop();
      await bus.stop();
    },
  };
}

/** The region of the middle of a square of about ten kilometers: what is played here should cost nothing. */
function roughRegion(): (point: LatLng) => string {
  const known = new Map<number, string>();
  return ({ lat, lng }) => {
    const [north, east] = [Math.floor(lat * SQUARES_PER_DEGREE), Math.floor(lng * SQUARES_PER_DEGREE)];
    const square = north * 360 * SQUARES_PER_DEGREE + east;
    const region =
      known.get(square) ??
      latLngToCell((north + 0.5) / SQUARES_PER_DEGREE, (east + 0.5) / SQUARES_PER_DEGREE, 2);
    known.set(square, region);
    return region;
  };
}

/** Each in turn once a second, evenly over it: people do not move to the beat of a clock. */
function inSlices<T>(all: readonly T[], step: (one: T, index: number) => void): () => void {
  const startedMs = performance.now();
  let turn = 0;
  const timer = setInterval(() => {
    // A timer that is late does not make them slower.
    for (; turn < (performance.now() - startedMs) / SLICE_MS; turn++)
      for (let i = turn % SLICES; i < all.length; i += SLICES) step(all[i] as T, i);
  }, SLICE_MS);
  return () => clearInterval(timer);
}

/** Somebody on a socket who moves once a second; the longitude of each fix is its name. */
async function mover(url: string, token: string, at: LatLng, sentAt: Map<number, number>) {
  const line = await Line.open(url, token, randomUUID());
  const epoch = randomUUID();
  let seq = 0;
  line.onFrame = () => {};
  line.say(['duty.set', { id: randomUUID(), available: true }]);
  return {
    step(isMeasured: boolean) {
      const atMs = systemClock.nowMs();
      const lng = at.lng + ((seq + 1) % 1_000) * 1e-7;
      if (isMeasured) sentAt.set(lng, machineMs());
      line.say(['pos', { epoch, seq: ++seq, sentAtMs: atMs, fixes: [[atMs, at.lat, lng]] }]);
    },
    close: () => line.close(),
  };
}

async function load({ seed, redisUrl, urls, connected, ghosts: people }: LoadOrder) {
  const sentAt = new Map<number, number>();
  const ghosts = await ghostNode(redisUrl, people, seededRandom(seed));
  const movers: Awaited<ReturnType<typeof mover>>[] = [];
  await eachLimited(connected.entries(), 20, async ([i, [person, token]]) => {
    movers[i] = await mover(urls[i % urls.length] ?? '', token, person.at, sentAt);
  });
  const stopMoving = inSlices(movers, (one, i) => one.step(i % TIMED_EVERY_NTH === 0));
  return async () => {
    stopMoving();
    for (const one of movers) one.close();
    await ghosts.stop();
    return [...sentAt];
  };
}

const tell = (says: LoadSays) => new Promise<void>((resolve) => process.send?.(says, () => resolve()));

process.once('message', async (order: LoadOrder) => {
  const stop = await load(order);
  process.once('message', async () => {
    await tell({ kind: 'sent', sent: await stop() });
    process.exit(0);
  });
  await tell({ kind: 'moving' });
});
