/** Why a row of a file can't be used. */
export type RowReason = 'bad_row' | 'missing_id' | 'bad_time' | 'bad_position';

/** Counts by reason; a reason that never occurred is absent. */
export class Refusals {
  readonly #counts = new Map<RowReason, number>();

  add(reason: RowReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }
}
