/**
 * One stream's numbers as one receiver has seen them (invariant 5: each event exactly once and in order, or a
 * snapshot instead). Pure.
 */
export class StreamCursor {
  #lastSeq: number | null;

  /** @param lastSeq the last number seen; null: nothing is known, a snapshot has to come first. */
  constructor(lastSeq: number | null) {
    this.#lastSeq = lastSeq;
  }

  get lastSeq(): number | null {
    return this.#lastSeq;
  }

  /** What to do with an event of this number. `deliver` moves the cursor. */
  event(seq: number): 'deliver' | 'drop' | 'hole' {
    if (this.#lastSeq === null) return 'hole';
    if (seq <= this.#lastSeq) return 'drop';
    if (seq > this.#lastSeq + 1) return 'hole';
    this.#lastSeq = seq;
    return 'deliver';
  }

  /** A snapshot stands for everything up to its number, whatever was known before. */
  snapshot(seq: number): void {
    this.#lastSeq = seq;
  }

  /** The server says that everything up to `headSeq` was sent. An empty stream comes without a snapshot. */
  caughtUp(headSeq: number): 'complete' | 'hole' {
    this.#lastSeq ??= 0;
    return headSeq > this.#lastSeq ? 'hole' : 'complete';
  }
}
