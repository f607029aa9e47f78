import { errorFields, type Logger } from '../lib/log.ts';
import type { ErrorCode } from '../protocol/errors.ts';

/**
 * What the sender is told about a failure of ours, and what the log keeps of it. Nothing of the error's own words
 * goes out: they can carry rows, paths and statements.
 */
export function failureCode(error: unknown, log: Logger, what: string): ErrorCode {
  if ((error as { code?: unknown } | null)?.code === 'store_unavailable') return 'store_unavailable';
  log.error(errorFields(error), what);
  return 'internal';
}
