interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Everybody who waits for the same next thing. */
export class Waiters<T> {
  #waiting: Waiter<T>[] = [];

  wait(): Promise<T> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  resolveAll(value: T): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(value);
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
