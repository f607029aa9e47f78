import { isAtMs, onServerClock } from '../lanes/row-times.ts';
import type { FrameTimes } from '../lanes/types.ts';
import { CONSCIOUSNESS, VITAL_SIGNS, type Vitals } from './vitals.ts';

/** A sample placed on the server's clock. */
export interface TimedVitals {
  /** When it was measured, by the device's own clock. Only differences between two of these mean anything. */
  readonly atMs: number;
  /** The same by the server's clock: the time of receipt less the age that the device states. */
  readonly recordedAtMs: number;
  readonly vitals: Vitals;
}

/** Beyond this nothing is a measurement any more. What a person can't have but an instrument can say is kept. */
const VALUE_MAX = 1e9;

/**
 * Reads a row `[atMs, {heartRateBpm: 72, …}]`: the same rules as the wire schema. A value that is null was not measured.
 * Answers null when the row can't be used: a time that is none, a name that is not known, a value of the wrong kind,
 * nothing measured at all, or an age that would place it before 1970.
 */
export function readSample(row: unknown, times: FrameTimes): TimedVitals | null {
  if (!Array.isArray(row) || row.length !== 2) return null;
  const [atMs, values]: readonly unknown[] = row;
  if (!isAtMs(atMs) || typeof values !== 'object' || values === null || Array.isArray(values)) return null;
  const recordedAtMs = onServerClock(atMs, times);
  const vitals = readVitals(values as Readonly<Record<string, unknown>>);
  return vitals && recordedAtMs >= 0 ? { atMs, recordedAtMs, vitals } : null;
}

function readVitals(values: Readonly<Record<string, unknown>>): Vitals | null {
  const measured: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const isGood = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (!isGood) return null;
    if (value === null || value === undefined) continue;
    if (!isGood(value)) return null;
    measured[name] = value;
  }
  return Object.keys(measured).length > 0 ? (measured as Vitals) : null;
}

const isValue = (value: unknown) => typeof value === 'number' && Math.abs(value) <= VALUE_MAX;

const READERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...Object.fromEntries(Object.keys(VITAL_SIGNS).map((name) => [name, isValue])),
  consciousness: (value) => (CONSCIOUSNESS as readonly unknown[]).includes(value),
  onOxygen: (value) => typeof value === 'boolean',
};
