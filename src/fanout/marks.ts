/**
 * Ids to be told of, each once however often it is marked, the longest waiting first. Marking an id again that was taken
 * makes nothing new, so that tens of thousands a second leave nothing behind: an id is kept until it is forgotten.
 */
export class Marks {
  readonly #isMarked = new Map<string, boolean>();
  #order: string[] = [];
  #taken = 0;

  get size(): number {
    return this.#order.length - this.#taken;
  }

  add(id: string): void {
    if (this.#isMarked.get(id)) return;
    this.#isMarked.set(id, true);
    this.#order.push(id);
  }

  /** Those who have waited longest, at most so many. */
  take(max: number): string[] {
    const ids = this.#order.slice(this.#taken, this.#taken + max);
    for (const id of ids) this.#isMarked.set(id, false);
    this.#taken += ids.length;
    if (this.#taken * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#taken);
      this.#taken = 0;
    }
    return ids;
  }

  /** Lets go of ids that are not marked and will hardly be again. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) if (this.#isMarked.get(id) === false) this.#isMarked.delete(id);
  }

  clear(): void {
    this.#isMarked.clear();
    this.#order = [];
    this.#taken = 0;
  }
}
