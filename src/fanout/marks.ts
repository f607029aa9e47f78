/**
 * Whom to tell of, by handle: each once however often it is marked, the longest waiting first. Handles are small numbers
 * given out one after the other, so a mark is a bit, and tens of thousands a second leave nothing behind.
 */
export class Marks {
  #isMarked = new Uint8Array(1_024);
  #order: number[] = [];
  #taken = 0;

  get size(): number {
    return this.#order.length - this.#taken;
  }

  add(handle: number): void {
    if (this.#isMarked[handle] === 1) return;
    if (handle >= this.#isMarked.length) this.#grow(handle + 1);
    this.#isMarked[handle] = 1;
    this.#order.push(handle);
  }

  /** Those who have waited longest, at most so many. */
  take(max: number): number[] {
    const handles = this.#order.slice(this.#taken, this.#taken + max);
    for (const handle of handles) this.#isMarked[handle] = 0;
    this.#taken += handles.length;
    if (this.#taken * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#taken);
      this.#taken = 0;
    }
    return handles;
  }

  clear(): void {
    this.#isMarked.fill(0);
    this.#order = [];
    this.#taken = 0;
  }

  #grow(size: number): void {
    const grown = new Uint8Array(Math.max(size, 2 * this.#isMarked.length));
    grown.set(this.#isMarked);
    this.#isMarked = grown;
  }
}
