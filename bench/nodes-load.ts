import { randomUUID } from 'node:crypto';
import type { LatLng } from '../src/geo/lat-lng.ts';
import { systemClock } from '../src/lib/clock.ts';
import { seededRandom } from '../src/lib/random.ts';
import { eachLimited } from '../src/sim/each-limited.ts';
import { Line } from '../src/testing/line.ts';
import { startGhostNode } from './ghost-node.ts';
import { machineMs, type Sent, TIMED_EVERY_NTH } from './nodes-timed.ts';
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
const SLICE_MS = 5;
const SLICES = FIX_EVERY_MS / SLICE_MS;

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
  const ghosts = await startGhostNode(redisUrl, people, seededRandom(seed));
  const movers: Awaited<ReturnType<typeof mover>>[] = [];
  await eachLimited(connected.entries(), 20, async ([i, [person, token]]) => {
    movers[i] = await mover(urls[i % urls.length] ?? '', token, person.at, sentAt);
  });
  const stopMoving = inSlices(movers, (one, i) => one.step(i % TIMED_EVERY_NTH === 0));
  return async () => {
    stopMoving();
    for (const one of movers) one.close();
    ghosts.stop();
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
