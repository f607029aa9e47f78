/** A map that forgets what was least recently asked for. */
export class LruMap<V> {
  readonly #max: number;
  readonly #orderedFrom: number;
  readonly #items = new Map<string, V>();

  /**
   * `orderedFrom`: with fewer entries they stay in the order in which they came. Whatever is moved leaves a hole in the map's
   * table, which is made anew every few hundred times: for maps that are asked thousands of times a second and are hardly ever full.
   */
  constructor(max: number, orderedFrom = 0) {
    this.#max = max;
    this.#orderedFrom = orderedFrom;
  }

  /** Such a map: what was last asked for before half of its room was taken is forgotten in the order in which it came. */
  static ofMany<V>(max: number): LruMap<V> {
    return new LruMap<V>(max, max / 2);
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): V | undefined {
    const value = this.#items.get(key);
    if (value !== undefined && this.#isOrdered) this.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    if (this.#isOrdered) this.#items.delete(key);
    this.#items.set(key, value);
    if (this.#items.size <= this.#max) return;
    for (const oldest of this.#items.keys()) {
      this.#items.delete(oldest);
      return;
    }
  }

  get #isOrdered(): boolean {
    return this.#items.size >= this.#orderedFrom;
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
