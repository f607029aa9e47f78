import { assert } from './assert.ts';

/** A first-in first-out queue in one growing array. `push` and `shift` are O(1); it shrinks when emptied. */
export class RingBuffer<T> {
  #items: (T | undefined)[] = new Array(16);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size += 1;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size -= 1;
    if (this.#size === 0 && this.#items.length > 1024) this.clear();
    return item;
  }

  clear(): void {
    this.#items = new Array(16);
    this.#head = 0;
    this.#size = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) {
      const item = this.#items[(this.#head + i) & (this.#items.length - 1)];
      assert(item !== undefined, 'a ring buffer holds an item at each occupied place');
      yield item;
    }
  }

  #grow(): void {
    const items = [...this];
    this.#items = items;
    this.#items.length = items.length * 2;
    this.#head = 0;
  }
}
