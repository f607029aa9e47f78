import { MusterError } from '../client/node.ts';
import { fullJitterMs } from '../lib/backoff.ts';
import type { Random } from '../lib/random.ts';

const ATTEMPTS = 8;

/** Tries again what may succeed later, with growing waits. */
export async function again<T>(random: Random, work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof MusterError && error.retryable) || attempt === ATTEMPTS - 1) throw error;
      const waitMs = (error.retryAfterMs ?? 0) + fullJitterMs(attempt, 200, 5_000, random);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
