/** What is wrong with the numbers that one subscription delivered. Must all stay 0. */
export interface StreamFaults {
  readonly duplicates: number;
  readonly gaps: number;
}

/**
 * Checks the numbers of one subscription by itself, without trusting the SDK that delivered them: from `afterSeq` on
 * each comes once and in order, unless a snapshot says that it stands for everything up to its number.
 */
export class StreamReader {
  #last: number | null;
  #duplicates = 0;
  #gaps = 0;

  /** `afterSeq` null: a snapshot comes first. */
  constructor(afterSeq: number | null) {
    this.#last = afterSeq;
  }

  event(seq: number): void {
    if (this.#last === null || seq > this.#last + 1) this.#gaps += 1;
    else if (seq <= this.#last) this.#duplicates += 1;
    this.#last = Math.max(this.#last ?? 0, seq);
  }

  snapshot(seq: number): void {
    this.#last = seq;
  }

  get faults(): StreamFaults {
    return { duplicates: this.#duplicates, gaps: this.#gaps };
  }
}
