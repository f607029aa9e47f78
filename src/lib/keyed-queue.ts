/**
 * Runs tasks of one key one after another, tasks of different keys side by side. At most `limit` tasks of one key
 * run or wait; the next is refused, so that a flood at one door can't fill the memory.
 */
export class KeyedQueue {
  readonly #limit: number;
  readonly #tails = new Map<string, { last: Promise<unknown>; waiting: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get keys(): number {
    return this.#tails.size;
  }

  /** Null when too many wait already. A task that fails rejects its own promise and no other. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> | null {
    const tail = this.#tails.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (tail.waiting >= this.#limit) return null;
    tail.waiting += 1;
    const result = tail.last.then(task);
    tail.last = result.then(
      () => this.#done(key, tail),
      () => this.#done(key, tail),
    );
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves when everything that was queued up to now has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#tails.values()].map((tail) => tail.last));
  }

  #done(key: string, tail: { waiting: number }): void {
    tail.waiting -= 1;
    if (tail.waiting === 0) this.#tails.delete(key);
  }
}
