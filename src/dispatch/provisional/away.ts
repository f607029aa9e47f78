/** The store is away, and what is asked can't be decided without it. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  readonly code = 'store_unavailable';
}

/** `25006`: a standby answers that has not become the primary yet. */
const AWAY: ReadonlySet<unknown> = new Set(['store_unavailable', '25006']);

/** Whether an error says that the store did not answer, or can't be written: what became of what was asked is unknown. */
export const isAway = (error: unknown): boolean => AWAY.has((error as { code?: unknown } | null)?.code);

/** SQLSTATE classes of what is wrong with the data: data exception, integrity constraint violation. */
const OF_THE_DATA = /^(22|23)/;

/**
 * Whether what was to be written is at fault, or this program. A store that takes nothing, as after a restore without its
 * rights, says so of everything.
 */
export function isRefusedData(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code !== 'string' || OF_THE_DATA.test(code);
}
