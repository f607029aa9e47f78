/** How far a device's clock is off, as one question and its answer showed it. */
export interface ClockReading {
  /** The device's clock less the server's. Wrong by half the way there and back at most. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
  /** By the server's clock. */
  readonly atMs: number;
}

/** After so long a reading says less than a new one, however long that took: clocks drift. */
const GOOD_FOR_MS = 600_000;

/** From when the server asked to when it had the answer, the device read its clock once: in the middle, as far as is known. */
export function readingOf(
  deviceAtMs: number,
  { askedAtMs, roundTripMs }: { readonly askedAtMs: number; readonly roundTripMs: number },
): ClockReading {
  const offsetMs = deviceAtMs - (askedAtMs + roundTripMs / 2);
  return { offsetMs, roundTripMs, atMs: askedAtMs + roundTripMs };
}

/**
 * The better of two readings: the one with the shorter way, because its error is smaller, unless the known one is old or
 * both can't be true, which means that the clock was set in between.
 */
export function better(known: ClockReading | undefined, next: ClockReading): ClockReading {
  if (!known || next.roundTripMs <= known.roundTripMs) return next;
  if (next.atMs - known.atMs > GOOD_FOR_MS) return next;
  const errorMs = (known.roundTripMs + next.roundTripMs) / 2;
  return Math.abs(next.offsetMs - known.offsetMs) > errorMs ? next : known;
}
