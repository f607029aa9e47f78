/** The store is away, and what is asked can't be decided without it. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  readonly code = 'store_unavailable';
}

/** `25006`: a standby answers that has not become the primary yet. */
const AWAY: ReadonlySet<unknown> = new Set(['store_unavailable', '25006']);

/** Whether an error says that the store did not answer, or can't be written: what became of what was asked is unknown. */
export const isAway = (error: unknown): boolean => AWAY.has((error as { code?: unknown } | null)?.code);
