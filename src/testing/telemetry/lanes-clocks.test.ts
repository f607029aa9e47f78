import { expect, test } from 'vitest';
import { seededRandom } from '../../lib/random.ts';
import { ingestWorld } from './ingest-world.ts';
import { RecordingSource, uuidOf } from './recording-source.ts';

const DEVICES = 1_000;
const SECONDS = 60;
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365.25 * 24 * HOUR_MS;
/** The longest that a frame is on its way. */
const NETWORK_MS_MAX = 1_500;
const FRESHNESS_ERROR_MS = 2_000;
/** A device takes a fix a second; one is missed at most when its clock jumps between the fix and the sending. */
const FROZEN_AFTER_MS = 2 * 1_000 + FRESHNESS_ERROR_MS;

/** How far the clock of a device is off at an instant of the run, 0 to 1. */
type OffAt = (share: number) => number;
const CLOCKS: readonly (readonly [string, (random: () => number) => OffAt])[] = [
  ['ten years behind', () => () => -TEN_YEARS_MS],
  ['ten years ahead', () => () => TEN_YEARS_MS],
  ['set by an hour: daylight saving begins', (random) => jumpAt(random(), HOUR_MS)],
  ['set by an hour: daylight saving ends', (random) => jumpAt(random(), -HOUR_MS)],
  ['jumping by days, again and again', (random) => jumpingBy(random, 7 * 24 * HOUR_MS)],
  ['jumping by years', (random) => jumpingBy(random, TEN_YEARS_MS)],
  ['corrected by a second', (random) => jumpAt(random(), random() < 0.5 ? 1_000 : -1_000)],
  ['running fast by a hundredth', () => (share) => share * SECONDS * 10],
];

function jumpAt(share: number, byMs: number): OffAt {
  return (at) => (at >= share ? byMs : 0);
}

function jumpingBy(random: () => number, mostMs: number): OffAt {
  const offs = Array.from({ length: 6 }, () => Math.round((random() * 2 - 1) * mostMs));
  return (share) => offs[Math.min(offs.length - 1, Math.floor(share * offs.length))] ?? 0;
}

test('a thousand devices whose clocks are years off, jump, or cross daylight saving: none is frozen, none is taken for fresher than it is', async () => {
  const random = seededRandom(11);
  const { clock, ingest, stores, goOn } = ingestWorld({
    live: { moved: (userId, lat, _lng, receivedAtMs) => shown.set(userId, { lat, receivedAtMs }) },
  });
  const shown = new Map<string, { lat: number; receivedAtMs: number }>();
  const startMs = clock.nowMs();
  const epoch = uuidOf(9);
  const latAt = (trueMs: number) => 10 + (trueMs - startMs) * 1e-7;
  const trueMsOf = (lat: number) => startMs + (lat - 10) / 1e-7;
  const sources = new Map<string, RecordingSource>();
  const arrivedMs = new Map<string, number>();
  const devices = Array.from({ length: DEVICES }, (_, n) => {
    const [kind, make] = CLOCKS[n % CLOCKS.length] ?? ['', () => () => 0];
    return { kind, offAt: make(random), from: { userId: uuidOf(n + 1), deviceId: uuidOf(5_000 + n) } };
  });
  const deviceMs = (offAt: OffAt, trueMs: number) =>
    Math.round(trueMs + offAt((trueMs - startMs) / (SECONDS * 1_000)));

  let worstErrorMs = 0;
  const frozen = new Set<string>();
  for (let seq = 1; seq <= SECONDS; seq++) {
    const takenMs = clock.nowMs();
    for (const { kind, offAt, from } of devices) {
      // Taken, a moment later sent, and on its way for a while; the clock may be set at any time.
      const sentMs = takenMs + random() * 200;
      const fixes = [[deviceMs(offAt, takenMs), latAt(takenMs), 8]];
      const frame = { epoch, seq, sentAtMs: deviceMs(offAt, sentMs), fixes };
      const source = sources.get(from.userId) ?? new RecordingSource();
      sources.set(from.userId, source);
      // One connection keeps the order.
      const arrivesMs = Math.max(arrivedMs.get(from.userId) ?? 0, sentMs + random() * (NETWORK_MS_MAX - 200));
      arrivedMs.set(from.userId, arrivesMs);
      clock.after(arrivesMs - takenMs, () => {
        ingest.take(from, ['pos', frame], Math.round(clock.nowMs()), source);
      });
      const at = shown.get(from.userId);
      if (seq <= 3) continue;
      const behindMs = at ? takenMs - trueMsOf(at.lat) : Number.POSITIVE_INFINITY;
      if (behindMs > FROZEN_AFTER_MS) frozen.add(kind);
      if (at) worstErrorMs = Math.max(worstErrorMs, at.receivedAtMs - trueMsOf(at.lat));
    }
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.advance(2 * NETWORK_MS_MAX);
  await goOn(() => devices.every(({ from }) => (sources.get(from.userId)?.ackedSeq(epoch) ?? 0) === SECONDS));

  expect([...frozen]).toEqual([]);
  expect(worstErrorMs).toBeLessThanOrEqual(FRESHNESS_ERROR_MS);
  // In history too: when each was taken is known by the server's clock, whatever the device's said.
  const errors = stores.positions.rows.map(({ value: { fix } }) => Math.abs(fix.fixAtMs - trueMsOf(fix.lat)));
  const wrong = errors.filter((errorMs) => errorMs > FRESHNESS_ERROR_MS).length;
  expect(errors.length).toBeGreaterThan(DEVICES * SECONDS * 0.98);
  expect(wrong).toBeLessThanOrEqual(DEVICES);
});
