import type { Draft } from './draft.ts';
import type { Weight } from './judge-state.ts';
import { SEVERITY_OF, type WeightGain } from './limits.ts';
import { toDecimals } from './rounding.ts';
import type { Sample } from './sample.ts';

const HOUR_MS = 3_600_000;
const DECIMALS = 1;

/** Compares a new weight with the least within the time that is looked back over. */
export function judgeWeight(draft: Draft, { recordedAtMs: atMs }: Sample, gain: WeightGain | null): void {
  const known = draft.state.current.weightKg;
  if (known === undefined || gain === null) return;
  const kg = toDecimals(known.value, DECIMALS);
  draft.state.weights = withWeight(draft.state.weights, { atMs, kg }, gain.withinMs);
  const least = Math.min(...draft.state.weights.map((weight) => weight.kg));
  const gainedKg = toDecimals(kg - least, DECIMALS);
  const told = draft.state.told.weight_gain;
  const holds = gainedKg > gain.kg || (told !== undefined && gainedKg > gain.kg - gain.marginKg);
  draft.settle({
    type: 'vital',
    condition: 'weight_gain',
    severity: holds ? SEVERITY_OF.warning : null,
    isSeenNow: gainedKg > gain.kg,
    atMs,
    repeatMs: gain.repeatMs,
    detail: () => ({ vital: 'weightKg', value: kg, gainedKg, limit: gain.kg, withinMs: gain.withinMs }),
  });
}

/** At most one of each hour, so that a scale that sends every second fills nothing. */
function withWeight(weights: readonly Weight[], added: Weight, withinMs: number): Weight[] {
  const kept = weights.filter(({ atMs }) => added.atMs - atMs <= withinMs);
  const last = kept.at(-1);
  if (last && Math.floor(last.atMs / HOUR_MS) === Math.floor(added.atMs / HOUR_MS)) {
    if (last.kg <= added.kg) return kept;
    kept.pop();
  }
  return [...kept, added];
}
