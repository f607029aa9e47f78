/** What one reading says of a condition. `between`: neither crossed nor clear of it. `unknown`: nothing can be said. */
export type Reading = 'crossed' | 'between' | 'clear' | 'unknown';

/**
 * One limit of one person: whether it counts as crossed. All times are of samples, so the same samples in the same order
 * always lead to the same. A latch that is off and has no run is not kept at all.
 */
export interface Latch {
  readonly isOn: boolean;
  /** When the unbroken run of crossed readings began that goes on now. */
  readonly runMs: number | null;
  /** When the unbroken run of clear readings began that goes on now. */
  readonly clearMs: number | null;
  /** When the run began that turned it on. */
  readonly sinceMs: number | null;
  /** It held for the whole duration, or somebody saw it: not a single value of a device. */
  readonly isSure: boolean;
}

export interface Look {
  readonly reading: Reading;
  readonly atMs: number;
  readonly durationMs: number;
  /** A person measured it: there is nothing to wait for. */
  readonly isSeen: boolean;
  /** No other reading came within the duration before: nothing will come to wait for, as with a thermometer. */
  readonly isAlone: boolean;
}

const OFF: Latch = { isOn: false, runMs: null, clearMs: null, sinceMs: null, isSure: false };

/** Null stands for off with no run. */
export function step(before: Latch | null, look: Look): Latch | null {
  if (look.reading === 'unknown') return before;
  if (before === null && look.reading !== 'crossed') return null;
  const latch = before ?? OFF;
  const runMs = look.reading === 'crossed' ? (latch.runMs ?? look.atMs) : null;
  const clearMs = look.reading === 'clear' ? (latch.clearMs ?? look.atMs) : null;
  if (!latch.isOn) return runMs === null ? null : begun({ ...OFF, runMs }, runMs, look);
  if (clearMs !== null && (isLong(clearMs, look) || look.isAlone)) return null;
  const isSure = latch.isSure || (runMs !== null && isLong(runMs, look));
  return { ...latch, runMs, clearMs, isSure };
}

function begun(latch: Latch, runMs: number, look: Look): Latch {
  const isSure = isLong(runMs, look);
  return isSure || look.isAlone ? { ...latch, isOn: true, sinceMs: runMs, isSure } : latch;
}

const isLong = (sinceMs: number, { atMs, durationMs, isSeen }: Look) =>
  isSeen || atMs - sinceMs >= durationMs;
