import type { Random } from './random.ts';

/**
 * Full jitter: a uniformly random wait below an exponentially growing cap, so that clients dropped together do
 * not return together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function fullJitterMs(attempt: number, baseMs: number, capMs: number, random: Random): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}
