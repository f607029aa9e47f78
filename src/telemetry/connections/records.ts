import { asKept } from '../vitals/rounding.ts';
import { inOurUnit } from '../vitals/units.ts';
import type { VitalName, Vitals } from '../vitals/vitals.ts';
import type { Condition, Resource, SampleRule, TimeRule } from './mapping.ts';
import { at, type Pointers } from './pointer.ts';
import { isoMs, type OffsetAt, offsetMinutes, timeOfDayMs } from './times.ts';

/** What one instant of a record says. */
export interface Measured {
  readonly atMs: number;
  readonly vitals: Vitals;
}

export interface ReadRecord {
  /** As the provider names it; null: it names it not. */
  readonly id: string | null;
  readonly atMs: number | null;
}

/** What a list holds beyond it is not read: no honest answer has so many. */
const ITEMS_MAX = 100_000;
const UNIT_MS = { ms: 1, s: 1_000, min: 60_000 } as const;

/** The records in an answer. Anything but a list of objects is none. */
export function recordsIn(answer: unknown, list: Pointers): readonly unknown[] {
  const found = at(answer, list);
  const records = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found];
  return records.filter((one) => typeof one === 'object' && one !== null).slice(0, ITEMS_MAX);
}

export function readRecord(record: unknown, { record: rule }: Resource, personAt: OffsetAt): ReadRecord {
  const id = rule.id === undefined ? undefined : at(record, rule.id);
  const named = typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 200) : '';
  return { id: named === '' ? null : named, atMs: timeOf(rule.at, record, record, personAt) };
}

export const meets = (value: unknown, condition: Condition | undefined): boolean =>
  condition === undefined || condition.is.includes(String(at(value, condition.path)));

/**
 * Everything that was measured in a record, by the rules of its resource. What does not fit them is not there. One after the
 * other, so that whoever reads a long record can do something else in between.
 */
export function* measuredIn(record: unknown, resource: Resource, personAt: OffsetAt): Generator<Measured> {
  if (!meets(record, resource.record.where)) return;
  const recordAtMs = timeOf(resource.record.at, record, record, personAt);
  for (const rule of resource.samples) {
    const items = rule.each === undefined ? [record] : listOf(at(record, rule.each));
    for (const item of items) {
      if (!meets(item, rule.where)) continue;
      const atMs = rule.at ? timeOf(rule.at, item, record, personAt, recordAtMs) : recordAtMs;
      if (atMs === null) continue;
      if (rule.series) yield* seriesIn(item, rule, rule.series, atMs);
      else yield* pointIn(item, rule, atMs);
    }
  }
}

function pointIn(item: unknown, rule: SampleRule, atMs: number): Measured[] {
  const vitals = vitalsOf(rule, (path) => at(item, path));
  return vitals ? [{ atMs, vitals }] : [];
}

function* seriesIn(
  item: unknown,
  rule: SampleRule,
  series: NonNullable<SampleRule['series']>,
  atMs: number,
): Generator<Measured> {
  const lists = new Map(Object.values(rule.values).map(({ path }) => [path, listOf(at(item, path))]));
  const length = Math.max(0, ...[...lists.values()].map((list) => list.length));
  const afterMs = elapsed(item, series);
  if (!afterMs) return;
  for (let i = 0; i < length; i++) {
    const elapsedMs = afterMs(i);
    const vitals = elapsedMs === null ? null : vitalsOf(rule, (path) => lists.get(path)?.[i]);
    if (elapsedMs !== null && vitals) yield { atMs: atMs + elapsedMs, vitals };
  }
}

/** How long after the beginning the i-th value of a series was measured, in ms. */
function elapsed(
  item: unknown,
  series: NonNullable<SampleRule['series']>,
): ((i: number) => number | null) | null {
  if ('every' in series) {
    const everyMs = (numberIn(at(item, series.every.path)) ?? 0) * UNIT_MS[series.every.unit];
    return everyMs > 0 ? (i) => Math.round(i * everyMs) : null;
  }
  const { path, unit } = series.offsets;
  const offsets = listOf(at(item, path));
  return (i) => {
    const offset = numberIn(offsets[i]);
    return offset === null || offset < 0 ? null : Math.round(offset * UNIT_MS[unit]);
  };
}

function vitalsOf({ values }: SampleRule, read: (path: string | string[]) => unknown): Vitals | null {
  const vitals: { [N in VitalName]?: number } = {};
  for (const [name, { path, unit, skip }] of Object.entries(values)) {
    const value = numberIn(read(path));
    if (value === null || skip.includes(value)) continue;
    const ours = inOurUnit(name as VitalName, value, unit);
    if (ours !== null && Number.isFinite(Math.fround(ours))) vitals[name as VitalName] = asKept(ours);
  }
  return Object.keys(vitals).length > 0 ? vitals : null;
}

function timeOf(
  rule: TimeRule,
  item: unknown,
  record: unknown,
  personAt: OffsetAt,
  afterMs: number | null = null,
): number | null {
  const value = at(item, rule.path);
  const atMs = instantOf(rule, value, record, offsetOf(rule, record, personAt), afterMs);
  // What PostgreSQL and JavaScript can both hold, and a wearable can have seen.
  return atMs !== null && atMs > 0 && atMs < 4e12 ? Math.round(atMs) : null;
}

function instantOf(
  { format, day = '' }: TimeRule,
  value: unknown,
  record: unknown,
  offsetAt: OffsetAt,
  afterMs: number | null,
): number | null {
  if (format === 'time_of_day') return timeOfDayMs(at(record, day), value, offsetAt);
  if (format === 'iso') return isoMs(value, offsetAt);
  if (format === 'date') return isoMs(typeof value === 'string' ? value.slice(0, 10) : value, offsetAt);
  const since = numberIn(value);
  if (since === null) return null;
  if (format === 's' || format === 'ms') return since * UNIT_MS[format];
  return afterMs === null ? null : afterMs + since * UNIT_MS[format === 'after_s' ? 's' : 'ms'];
}

function offsetOf({ zone }: TimeRule, record: unknown, personAt: OffsetAt): OffsetAt {
  if (zone === 'utc') return () => 0;
  if (zone === 'person') return personAt;
  return () => offsetMinutes(at(record, zone.offset));
}

/** A list, or a text of values with commas between them. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX);
  return typeof value === 'string' ? value.split(',', ITEMS_MAX) : [];
}

function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return null;
  return Number(value);
}
