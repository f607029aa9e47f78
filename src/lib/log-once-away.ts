import type { LogFields, Logger } from './log.ts';

const AWAY_CODE = 'store_unavailable';

/**
 * A logger that says quietly what fails because the store is away, while that is known: the switch itself is said once, and
 * what tries again every second would bury it.
 */
export function logOnceAway(log: Logger, isAway: () => boolean): Logger {
  const unlessKnown = (say: 'warn' | 'error') => (fields: LogFields, sentence: string) =>
    log[fields.code === AWAY_CODE && isAway() ? 'debug' : say](fields, sentence);
  return {
    debug: (fields, sentence) => log.debug(fields, sentence),
    info: (fields, sentence) => log.info(fields, sentence),
    warn: unlessKnown('warn'),
    error: unlessKnown('error'),
    named: (room) => logOnceAway(log.named(room), isAway),
  };
}
