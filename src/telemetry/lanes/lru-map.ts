/** A map that forgets what was least recently asked for. */
export class LruMap<V> {
  readonly #max: number;
  readonly #items = new Map<string, V>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): V | undefined {
    const value = this.#items.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#items.delete(key);
    this.#items.set(key, value);
    if (this.#items.size <= this.#max) return;
    for (const oldest of this.#items.keys()) {
      this.#items.delete(oldest);
      return;
    }
  }

  /** Looking is not asking for. */
  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** Those least recently asked for come first. Looking at them is not asking for them. */
  values(): IterableIterator<V> {
    return this.#items.values();
  }

  delete(key: string): void {
    this.#items.delete(key);
  }
}
