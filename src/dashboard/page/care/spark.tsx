import type { ReadonlySignal } from '@preact/signals';
import type { VitalName } from '../../../client/index.ts';
import { sparkPath } from '../../sparkline.ts';
import { type Lines, SPARK_MS } from './sparks.ts';
import { slowNowMs } from './store.ts';

const WIDTH = 120;
const HEIGHT = 24;
/** What changes by less is noise. */
const LEAST_SPAN: Partial<Record<VitalName, number>> = {
  heartRateBpm: 24,
  spo2Pct: 8,
  respirationPerMin: 10,
};
/** Five minutes without a sample of a stream. */
const GAP_MS = 5 * 60_000;

/** The last two hours as a line; what it says in words stands in the charts. */
export function Spark({
  lines,
  vital,
}: {
  readonly lines: ReadonlySignal<Lines>;
  readonly vital: VitalName;
}) {
  const points = lines.value.get(vital);
  if (!points || points.length < 2) return null;
  const toMs = slowNowMs.value + 5_000;
  const d = sparkPath(points, {
    width: WIDTH,
    height: HEIGHT,
    fromMs: toMs - SPARK_MS,
    toMs,
    gapMs: GAP_MS,
    leastSpan: LEAST_SPAN[vital] ?? 0,
  });
  return (
    <svg class="spark" viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
