/** A position as the application gives it. Times by the device's clock, metric units, degrees WGS 84. */
export interface Fix {
  readonly atMs: number;
  readonly lat: number;
  readonly lng: number;
  readonly accuracyM?: number | null | undefined;
  readonly speedMps?: number | null | undefined;
  readonly headingDeg?: number | null | undefined;
  readonly altitudeM?: number | null | undefined;
  readonly batteryPct?: number | null | undefined;
}

/** A fix as it goes over the wire (`fixRow` of the protocol). */
export type FixRow = readonly (number | null)[];

/**
 * The row of a fix, without the unknown values at its end. A value that is not finite becomes null here, in both
 * encodings alike; the server refuses the row when the value was a required one, and says so in its `ack`.
 */
export function fixToRow(fix: Fix): FixRow {
  const row = [
    Math.round(fix.atMs),
    fix.lat,
    fix.lng,
    fix.accuracyM,
    fix.speedMps,
    fix.headingDeg,
    fix.altitudeM,
    fix.batteryPct,
  ].map((value) => (typeof value === 'number' && Number.isFinite(value) ? value : null));
  while (row.length > 3 && row[row.length - 1] === null) row.pop();
  return row;
}
