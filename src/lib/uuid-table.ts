import { assert } from './assert.ts';
import { isUuid } from './ids.ts';

const WORDS = 4;
const SLOTS_MIN = 64;
/** Of all slots at most this share is in use, so that a search ends after one or two. */
const FULL_FROM = 0.5;
/** 2^32 by the golden ratio: spreads numbers that follow each other (Knuth, The Art of Computer Programming, vol. 3, 6.4). */
const SPREAD = 0x9e37_79b1;

/** Not in the table. */
export const NOT_THERE = -1;

/**
 * Whole numbers from 0 on by UUID, found by the 16 bytes that a message has, without a string of them being made: tens of
 * thousands are looked up every second. Nothing is taken out again.
 */
export class UuidTable {
  #words = new Int32Array(SLOTS_MIN * WORDS);
  #values = new Int32Array(SLOTS_MIN).fill(NOT_THERE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(uuid: string, value: number): void {
    assert(isUuid(uuid) && value >= 0, 'a UUID, and a number from 0 on');
    if (this.#size + 1 > this.#values.length * FULL_FROM) this.#grow();
    const [a = 0, b = 0, c = 0, d = 0] = wordsOf(uuid);
    if (this.#put(a, b, c, d, value)) this.#size += 1;
  }

  /** Of the UUID whose bytes begin there. {@link NOT_THERE}: none was set. */
  get(bytes: DataView, at: number): number {
    const c = bytes.getInt32(at + 8);
    const d = bytes.getInt32(at + 12);
    const slot = this.#slotOf(bytes.getInt32(at), bytes.getInt32(at + 4), c, d);
    return this.#values[slot] as number;
  }

  /** Where it is, or would be put. */
  #slotOf(a: number, b: number, c: number, d: number): number {
    const last = this.#values.length - 1;
    for (let slot = hashOf(c, d) & last; ; slot = (slot + 1) & last) {
      if (this.#values[slot] === NOT_THERE) return slot;
      const word = slot * WORDS;
      const isIt = this.#words[word + 3] === d && this.#words[word + 2] === c;
      if (isIt && this.#words[word + 1] === b && this.#words[word] === a) return slot;
    }
  }

  /** Whether it was not there before. */
  #put(a: number, b: number, c: number, d: number, value: number): boolean {
    const slot = this.#slotOf(a, b, c, d);
    const isNew = this.#values[slot] === NOT_THERE;
    this.#words.set([a, b, c, d], slot * WORDS);
    this.#values[slot] = value;
    return isNew;
  }

  #grow(): void {
    const [words, values] = [this.#words, this.#values];
    this.#words = new Int32Array(words.length * 2);
    this.#values = new Int32Array(values.length * 2).fill(NOT_THERE);
    for (const [slot, value] of values.entries()) {
      if (value === NOT_THERE) continue;
      const [a = 0, b = 0, c = 0, d = 0] = words.subarray(slot * WORDS, (slot + 1) * WORDS);
      this.#put(a, b, c, d, value);
    }
  }
}

/** The random half of a UUID of version 7, and what counts in one that was made up by counting. */
function hashOf(c: number, d: number): number {
  const mixed = Math.imul(c ^ Math.imul(d, SPREAD), SPREAD);
  return mixed ^ (mixed >>> 16);
}

function wordsOf(uuid: string): number[] {
  const hex = uuid.replaceAll('-', '');
  return Array.from({ length: WORDS }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16) | 0);
}
