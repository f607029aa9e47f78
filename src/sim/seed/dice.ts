import { type Random, seededRandom } from '../../lib/random.ts';

/** Chance for made-up people: the same seed, the same throws. */
export interface Dice {
  readonly pick: <T>(from: readonly [T, ...T[]] | readonly T[]) => T;
  /** A whole number, both ends included. */
  readonly whole: (least: number, most: number) => number;
  /** Around a middle, within three spreads of it, rounded to so many decimals. */
  readonly around: (of: readonly [middle: number, spread: number], decimals?: number) => number;
  readonly often: (share: number) => boolean;
}

/** @param stream the throws for one person do not depend on how many others there are */
export function diceFor(seed: number, stream: number): Dice {
  const random: Random = seededRandom(
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream, 0xc2b2ae35),
  );
  return {
    pick: (from) => from[Math.floor(random() * from.length)] as (typeof from)[number],
    whole: (least, most) => least + Math.floor(random() * (most - least + 1)),
    around([middle, spread], decimals = 0) {
      const strayed = middle + (random() + random() + random() - 1.5) * 2 * spread;
      return Number(strayed.toFixed(decimals));
    },
    often: (share) => random() < share,
  };
}
