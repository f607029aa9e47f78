import type { DownBody } from '../protocol/down.ts';

type TailState = DownBody<'tail'>;
type Row = TailState['values'][number];
export type TailVital = Row['vital'];

/** What was measured of one person at one instant, as much of it as a tail tells. */
export interface TailSample {
  readonly personId: string;
  /** By the server's clock. */
  readonly recordedAtMs: number;
  /** What is believed. */
  readonly values: { readonly [V in TailVital]?: number | null };
  /** How many values are not believed. */
  readonly doubted: number;
}

/** What one watcher is to be told next: a few numbers for each vital sign, however many samples there were. */
export class Summary {
  readonly #only: readonly TailVital[] | null;
  readonly #rows = new Map<TailVital, Row>();
  #doubted = 0;

  /** Null: all vital signs. */
  constructor(only: readonly TailVital[] | null) {
    this.#only = only;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#doubted === 0;
  }

  take({ values, recordedAtMs, doubted }: TailSample): void {
    this.#doubted += doubted;
    for (const vital of this.#only ?? (Object.keys(values) as TailVital[])) {
      const value = values[vital];
      if (value === undefined || value === null) continue;
      const before = this.#rows.get(vital);
      const isNewest = !before || recordedAtMs >= before.atMs;
      this.#rows.set(vital, {
        vital,
        atMs: isNewest ? recordedAtMs : before.atMs,
        last: isNewest ? value : before.last,
        lowest: Math.min(value, before?.lowest ?? value),
        highest: Math.max(value, before?.highest ?? value),
        samples: (before?.samples ?? 0) + 1,
      });
    }
  }

  /** What is told, after which nothing is held. */
  drain(): Omit<TailState, 'personId'> {
    const values = [...this.#rows.values()];
    const doubted = this.#doubted;
    this.#rows.clear();
    this.#doubted = 0;
    return { values, doubted };
  }
}
