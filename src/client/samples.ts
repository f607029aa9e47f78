import type { z } from 'zod';
import { type alarmKind, vitalValues } from '../protocol/telemetry.ts';

export type AlarmKind = z.infer<typeof alarmKind>;

/** What was measured at one instant, by the device's clock. What was not measured is left out. */
export interface VitalsSample extends z.infer<typeof vitalValues> {
  readonly atMs: number;
}

/** Something that the device says by itself of its wearer. Times by the device's clock, degrees WGS 84. */
export interface Alarm {
  readonly atMs: number;
  readonly kind: AlarmKind;
  readonly point?: { readonly lat: number; readonly lng: number } | null | undefined;
}

/** A sample as it goes over the wire (`sampleRow` of the protocol). */
export type SampleRow = readonly [atMs: number, values: Readonly<Record<string, number | string | boolean>>];

/** An alarm as it goes over the wire (`alarmRow` of the protocol). */
export type AlarmRow = readonly (number | string | null)[];

export const VITAL_NAMES = Object.keys(vitalValues.shape) as (keyof typeof vitalValues.shape)[];

/** The row of a sample. What is null, or a number that is none, was not measured; names that are not known stay behind. */
export function sampleToRow(sample: VitalsSample): SampleRow {
  const values: Record<string, number | string | boolean> = {};
  for (const name of VITAL_NAMES) {
    const value = sample[name];
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    if (typeof value === 'number' && !Number.isFinite(value)) continue;
    values[name] = value;
  }
  return [Math.round(sample.atMs), values];
}

export function alarmToRow({ atMs, kind, point }: Alarm): AlarmRow {
  return [Math.round(atMs), kind, point?.lat ?? null, point?.lng ?? null];
}
