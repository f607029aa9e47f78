const POLL_MS = 5;
/** However long a condition takes to ask for. */
const POLL_LONGEST_MS = 250;

export interface UntilOptions {
  readonly timeoutMs: number;
  /** What is being waited for, to end the sentence "waited 2000 ms in vain for …". */
  readonly what: string;
}

/**
 * Waits until a condition holds and answers its first truthy value. A condition that throws counts as not yet
 * true; its last error becomes the cause of the failure.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs, what }: UntilOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadlineMs = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    const askedAtMs = performance.now();
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    const nowMs = performance.now();
    if (nowMs >= deadlineMs) throw new Error(sentence(timeoutMs, what, cause), { cause });
    // A node or a page that is asked has twice as long for its own work: else it would do nothing but answer.
    const pauseMs = Math.min(POLL_LONGEST_MS, Math.max(POLL_MS, 2 * (nowMs - askedAtMs)));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function sentence(timeoutMs: number, what: string, cause: unknown): string {
  const waited = `waited ${timeoutMs} ms in vain for ${what}`;
  return cause instanceof Error ? `${waited}; the last try failed with: ${cause.message}` : waited;
}
