import { ok, type Result, refused } from '../lib/result.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';

/**
 * Lets few pieces of work run at once and a bounded number wait their turn, first come first served. Whoever comes
 * when the line is full is refused at once. (Invariant 8.)
 */
export class BoundedLine {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting = new RingBuffer<() => void>();
  #running = 0;

  constructor({ runningMax, waitingMax }: { runningMax: number; waitingMax: number }) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async run<T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> {
    if (this.#running < this.#runningMax) this.#running += 1;
    else if (this.#waiting.size < this.#waitingMax) await this.#turn();
    else return refused('busy');
    try {
      return ok(await work());
    } finally {
      this.#next();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on without freeing it, so that nobody can slip in between. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
