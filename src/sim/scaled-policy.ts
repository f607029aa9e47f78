/** The share of gaps between two fixes of one cab that `fixMaxAgeMs` has to bridge: 99 in 100 are shorter. */
const LONG_GAP_MS = 260_000;

/**
 * What a fix takes from the device to the engine's index, in real time: the SDK's queue, the socket, the engine, and
 * the scheduling of one machine that runs them all. A faster replay does not make it shorter.
 */
const DELIVERY_MS = 1_500;

/**
 * A policy for a replay that runs `speed` times as fast: every field that ends in `Ms`, at any depth, is divided.
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
  if (typeof value !== 'number' || !field.endsWith('Ms')) return scaledPolicy(value, speed);
  const scaledMs = value / speed;
  if (field === 'fixMaxAgeMs') {
    return Math.round(Math.max(scaledMs, Math.min(value, LONG_GAP_MS / speed + DELIVERY_MS)));
  }
  return value === 0 ? 0 : Math.max(1, Math.round(scaledMs));
}
