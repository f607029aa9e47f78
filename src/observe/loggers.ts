import pino from 'pino';
import type { Clock } from '../lib/clock.ts';
import type { LogFields, Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { LineWriter } from './line-writer.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Where the lines go; standard output unless given. */
  readonly to?: { write(line: string): unknown };
}

/**
 * Only a net under the rule that nothing of this is logged at all. Exact names, because wildcards are slow and
 * can't be told from what a person wrote.
 */
const NEVER_LOGGED = [
  ...['password', 'passwordHash', 'token', 'accessToken', 'refreshToken', 'setupToken', 'authorization'],
  ...['cookie', 'secret', 'databaseUrl', 'migrationDatabaseUrl', 'name', 'email', 'phone', 'address'],
  ...['text', 'description', 'body'],
  ...['detail', 'message', 'lat', 'lng', 'point', 'value'],
];

const BUFFERED_BYTES_MAX = 4 * 1_048_576;

/** JSON lines: level, time, room, the fields, and the sentence as `msg`. */
export function openLogger({
  level,
  clock,
  metrics,
  to = standardOutput(clock, metrics),
}: LoggerOptions): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: NEVER_LOGGED, censor: '[redacted]' },
    },
    to,
  );
  const named = (room: string): Logger => {
    const lines = root.child({ room });
    return {
      debug: (fields: LogFields, sentence: string) => lines.debug(fields, sentence),
      info: (fields: LogFields, sentence: string) => lines.info(fields, sentence),
      warn: (fields: LogFields, sentence: string) => lines.warn(fields, sentence),
      error: (fields: LogFields, sentence: string) => lines.error(fields, sentence),
      named,
    };
  };
  return named('node');
}

function standardOutput(clock: Clock, metrics: Metrics): { write(line: string): unknown } {
  const lines = new LineWriter({ fd: 1, bufferedBytesMax: BUFFERED_BYTES_MAX, clock, metrics });
  process.once('exit', () => lines.finish());
  return lines;
}
