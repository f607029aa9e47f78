import { asKept } from './rounding.ts';
import type { Sample, SampleSource } from './sample.ts';
import { believed, type Consciousness, VITAL_NAMES, type Vitals } from './vitals.ts';

/** Whatever is known of a person by its newest believed value. */
export const CURRENT_NAMES = [...VITAL_NAMES, 'consciousness', 'onOxygen'] as const;
export type CurrentName = (typeof CURRENT_NAMES)[number];

export interface CurrentValue<V> {
  readonly value: V;
  /** When it was measured, by the server's clock. */
  readonly atMs: number;
  readonly source: SampleSource;
}

/** The newest believed value of each, however old: whoever uses one looks at `atMs`. */
export type Current = {
  readonly [N in CurrentName]?: CurrentValue<
    N extends 'consciousness' ? Consciousness : N extends 'onOxygen' ? boolean : number
  >;
};

export interface Taken {
  readonly current: Current;
  /** What of the sample was not older than what was known; in the order of {@link CURRENT_NAMES}. */
  readonly fresh: readonly CurrentName[];
}

/**
 * Takes in what is believed of a sample. A value that was measured before the one that is known changes nothing; of two
 * of the same instant the one that came later counts.
 */
export function take(current: Current, { vitals, doubts, recordedAtMs: atMs, source }: Sample): Taken {
  const values = withOxygen(believed(vitals, doubts));
  const fresh = CURRENT_NAMES.filter(
    (name) => values[name] !== undefined && (current[name]?.atMs ?? Number.NEGATIVE_INFINITY) <= atMs,
  );
  if (fresh.length === 0) return { current, fresh };
  const next: Record<string, CurrentValue<unknown>> = { ...current };
  for (const name of fresh) {
    const value = values[name];
    next[name] = { value: typeof value === 'number' ? asKept(value) : value, atMs, source };
  }
  return { current: next as Current, fresh };
}

/** A flow above nothing says that oxygen is given, a flow of nothing that it is not, unless it is given otherwise. */
function withOxygen(vitals: Vitals): Vitals {
  if (vitals.oxygenLpm === undefined) return vitals;
  return { ...vitals, onOxygen: vitals.oxygenLpm > 0 || vitals.onOxygen === true };
}
