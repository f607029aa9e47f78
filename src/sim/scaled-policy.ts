/** The share of gaps between two fixes of one cab that `fixMaxAgeMs` has to bridge: 99 in 100 are shorter. */
const LONG_GAP_MS = 260_000;

/**
 * What a fix takes from the device to the engine's index, in real time: the SDK's queue, the socket, the engine, and
 * the scheduling of one machine that runs them all. A faster replay does not make it shorter.
 */
const DELIVERY_MS = 1_500;

/**
 * No timers, but terms of the arithmetic by which people are ranked, beside distance over speed: they stay as they are,
 * because metres and metres a second do.
 */
const ARITHMETIC: ReadonlySet<string> = new Set([
  'turnoutDayMs',
  'turnoutNightMs',
  'fairness7Ms',
  'fairness30Ms',
  'fairnessMaxMs',
]);

/**
 * A policy for a replay that runs `speed` times as fast: every timer, at any depth, is divided. The wave timer is a term
 * of the arithmetic too, weighted by `acceptanceWeight`, which grows instead. How fast people were seen moving counts
 * for nothing, because the engine measures it in real time, where everybody is `speed` times as fast.
 *
 * `fixMaxAgeMs` has a floor. The engine judges freshness by when it received a fix, in real time; between two receptions
 * lies the gap of the trace divided by the speed plus delivery, which is not divided. Without the floor, people whose
 * phone reports once in four minutes, as one in a hundred gaps of San Francisco's cabs is, would at 600 times drop out
 * of matching because of a delay of half a second that is ours and not theirs.
 */
export function scaledPolicy(body: unknown, speed: number): unknown {
  if (Array.isArray(body)) return body.map((item) => scaledPolicy(item, speed));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [field, scaledField(field, value, speed)]),
  );
}

function scaledField(field: string, value: unknown, speed: number): unknown {
  if (typeof value !== 'number') return scaledPolicy(value, speed);
  if (field === 'acceptanceWeight') return value * speed;
  if (field === 'speedObservedMaxMps') return speed === 1 ? value : 0.1;
  if (!field.endsWith('Ms') || ARITHMETIC.has(field)) return value;
  const scaledMs = value / speed;
  if (field === 'fixMaxAgeMs') {
    return Math.round(Math.max(scaledMs, Math.min(value, LONG_GAP_MS / speed + DELIVERY_MS)));
  }
  return value === 0 ? 0 : Math.max(1, Math.round(scaledMs));
}
