import type { TailSample } from './tail-summary.ts';

/** What comes from another node is looked for this far back: how late a sample is stored, and how far two clocks differ. */
const LOOKED_BACK_MS = 10_000;
/** Of one person; beyond it the oldest is forgotten, and could be told twice. */
const TOLD_MAX = 500;

/** Which samples of one person have been told, so that what is read again and again is told once. */
export class ToldSamples {
  /** In the order of being told. */
  readonly #told = new Map<string, number>();
  readonly #fromMs: number;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** What was measured before `fromMs` is never looked for. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  /** From when on what was measured may not have been told. */
  get sinceMs(): number {
    return Math.max(this.#fromMs, this.#newestMs - LOOKED_BACK_MS);
  }

  /** False: it was told already. */
  add(sample: TailSample): boolean {
    const { recordedAtMs } = sample;
    const key = keyOf(sample);
    if (this.#told.has(key)) return false;
    this.#told.set(key, recordedAtMs);
    this.#newestMs = Math.max(this.#newestMs, recordedAtMs);
    for (const [oldest, atMs] of this.#told) {
      if (this.#told.size <= TOLD_MAX && atMs >= this.sinceMs) break;
      this.#told.delete(oldest);
    }
    return true;
  }
}

/** A store keeps microseconds, and numbers as they were charted. */
function keyOf({ recordedAtMs, values }: TailSample): string {
  const names = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [name],
  );
  return `${Math.round(recordedAtMs)} ${names.sort().join(' ')}`;
}
