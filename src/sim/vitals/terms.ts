import type { AuditTerms } from './audit.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** As docs/vitals.md has them. */
const STREAM_MS = 20 * SECOND_MS;
const MAX_AGE_MS: Readonly<Record<string, number>> = {
  respiration: 30 * MINUTE_MS,
  spo2: 30 * MINUTE_MS,
  pulse: 30 * MINUTE_MS,
  oxygen: 4 * HOUR_MS,
  systolic: 4 * HOUR_MS,
  consciousness: 4 * HOUR_MS,
  temperature: 8 * HOUR_MS,
};

/** What everybody of a run is judged by: the defaults at its speed. */
export function termsAt(speed: number): Omit<AuditTerms, 'isAdult'> {
  const scaled = (ms: number) => Math.max(1, Math.round(ms / speed));
  return {
    streamMs: scaled(STREAM_MS),
    // One duration is set for everything of a person.
    singleMs: scaled(STREAM_MS),
    maxAgeMs: Object.fromEntries(Object.entries(MAX_AGE_MS).map(([name, ms]) => [name, scaled(ms)])),
  };
}
