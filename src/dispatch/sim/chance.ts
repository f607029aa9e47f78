import type { Random } from '../../lib/random.ts';

/** Draws from one seeded source: everything that is left to chance in a simulation comes from here. */
export class Chance {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  hits(probability: number): boolean {
    return this.random() < probability;
  }

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  of<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }

  one<T>(first: T, ...rest: T[]): T {
    return [first, ...rest][Math.floor(this.random() * (rest.length + 1))] as T;
  }

  /** Mostly short, now and then long: how networks delay. */
  delayMs(mostMs: number): number {
    return this.hits(0.02) ? this.between(mostMs, mostMs * 20) : this.between(0, mostMs);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = Math.floor(this.random() * (i + 1));
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
