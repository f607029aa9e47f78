import { systemClock } from '../src/lib/clock.ts';
import { Line } from '../src/testing/line.ts';

/** Dispatchers with a map open, by the URL of their node and their token. */
export type WatchOrder = readonly (readonly [url: string, token: string])[];

/** Of each of them, when each SOS came; the clock is one for all. */
export type Watched = readonly (readonly (readonly [stream: string, atMs: number])[])[];

export type WatchSays =
  | { readonly kind: 'watching' }
  | { readonly kind: 'watched'; readonly watched: Watched };

const BEAT_MS = 3_000;

async function watcher(url: string, token: string) {
  const line = await Line.open(url, token);
  line.skips = 'state';
  const seenAt = new Map<string, number>();
  line.onFrame = ([kind, body]) => {
    if (kind === 'event' && body.type === 'sos.created') seenAt.set(body.stream, performance.now());
  };
  line.say(['watch', { feed: 'dispatch' }]);
  // Whoever says nothing for half a minute is taken for gone.
  setInterval(() => line.say(['hb', { sentAtMs: systemClock.nowMs() }]), BEAT_MS);
  return seenAt;
}

const tell = (says: WatchSays) => new Promise<void>((resolve) => process.send?.(says, () => resolve()));

process.once('message', async (order: WatchOrder) => {
  const seen = await Promise.all(order.map(([url, token]) => watcher(url, token)));
  process.once('message', async () => {
    await tell({ kind: 'watched', watched: seen.map((one) => [...one]) });
    process.exit(0);
  });
  await tell({ kind: 'watching' });
});
