/** The store is away, and what is asked can't be decided without it. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  readonly code = 'store_unavailable';
}

/** `25006`: a standby answers that has not become the primary yet. */
const AWAY: ReadonlySet<unknown> = new Set(['store_unavailable', '25006']);

/** Whether an error says that the store did not answer, or can't be written: what became of what was asked is unknown. */
export const isAway = (error: unknown): boolean => AWAY.has((error as { code?: unknown } | null)?.code);

/** disk_full, io_error. */
const DISK_FAILS: ReadonlySet<unknown> = new Set(['53100', '58030']);

/**
 * Whether the store itself says that its disk takes nothing. It goes on answering, and takes what happens to fit: what one call was
 * told says nothing of those that are under way, and a look at it says nothing of what it takes.
 */
export const hasNoRoom = (error: unknown): boolean =>
  DISK_FAILS.has((error as { sqlState?: unknown } | null)?.sqlState);

/** SQLSTATE classes of what is wrong with the data: data exception, integrity constraint violation. */
const OF_THE_DATA = /^(22|23)/;

/** Whether what was to be written is at fault, or this program. */
export function isRefusedData(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code !== 'string' || OF_THE_DATA.test(code);
}
