import { createHash } from 'node:crypto';
import { isUuid } from '../../lib/ids.ts';
import type { SampleSource } from '../vitals/sample.ts';
import { type Doubt, VITAL_NAMES, VITAL_SIGNS, type VitalName, type Vitals } from '../vitals/vitals.ts';
import { OBSERVABLES, type Observable, observableOf, type Sign } from './codes.ts';
import type { Measure, Observed, Status } from './observation.ts';
import { instantOf, LAST_MS } from './times.ts';
import type { Shown } from './write-observation.ts';

/** A stored row of vital signs, of a device or of somebody who typed it in. */
export interface SampleRow {
  readonly personId: string;
  readonly recordedAtMs: number;
  readonly receivedAtMs: number;
  readonly source: SampleSource;
  /** Of a record that a person made; null: a device did. */
  readonly recordId: string | null;
  readonly deviceId: string | null;
  readonly epoch: string | null;
  readonly seq: number | null;
  readonly vitals: Vitals;
  /** As `column:reason`. */
  readonly doubts: readonly string[];
  readonly note: string | null;
  readonly device: string | null;
  readonly isRetracted: boolean;
}

/** What of a row becomes an Observation of its own, in the order in which they are shown. */
const PARTS: readonly { readonly code: Observable; readonly signs: readonly (keyof Vitals & Sign)[] }[] = [
  { code: 'heartRateBpm', signs: ['heartRateBpm'] },
  { code: 'bloodPressure', signs: ['systolicMmhg', 'diastolicMmhg'] },
  { code: 'spo2Pct', signs: ['spo2Pct'] },
  { code: 'respirationPerMin', signs: ['respirationPerMin'] },
  { code: 'temperatureC', signs: ['temperatureC'] },
  { code: 'oxygenLpm', signs: ['oxygenLpm'] },
  { code: 'onOxygen', signs: ['onOxygen'] },
  { code: 'weightKg', signs: ['weightKg'] },
  { code: 'glucoseMmolL', signs: ['glucoseMmolL'] },
  { code: 'consciousness', signs: ['consciousness'] },
];

/** The columns of a row by which an Observation of this is made; none: no row ever holds one. */
export const columnsFor = (code: Observable): readonly string[] =>
  PARTS.filter((part) => part.code === code).flatMap(({ signs }) => signs.map(columnOf));

const columnOf = (sign: keyof Vitals): string =>
  sign === 'consciousness' ? 'consciousness' : sign === 'onOxygen' ? 'on_oxygen' : VITAL_SIGNS[sign].column;

/** Every Observation that a row holds, of these codes (null: of any). */
export function shownOf(
  row: SampleRow,
  patientId: string,
  codes: ReadonlySet<Observable> | null,
): readonly Shown[] {
  return PARTS.filter(({ code }) => codes === null || codes.has(code)).flatMap(({ code, signs }) => {
    const measures = signs.flatMap((sign): Measure[] => {
      const value = row.vitals[sign];
      return value === undefined ? [] : [{ sign, value, absent: null }];
    });
    return measures.length === 0 ? [] : [shownPart(row, patientId, code, measures)];
  });
}

function shownPart(row: SampleRow, patientId: string, code: Observable, measures: readonly Measure[]): Shown {
  const status: Status = row.isRetracted ? 'entered-in-error' : 'final';
  const observed: Observed = {
    status,
    code,
    identifier: null,
    effective: { kind: 'dateTime', start: instantOf(row.recordedAtMs), end: null },
    issued: instantOf(row.receivedAtMs),
    measures,
    members: [],
    note: row.note,
    device: row.device,
  };
  return {
    id: idOf(row, code),
    version: 1,
    updatedAtMs: row.receivedAtMs,
    patientId,
    source: row.source,
    deviceId: row.deviceId,
    observed,
    doubts: doubtsOfRow(row, measures),
  };
}

const NAME_BY_COLUMN = new Map(VITAL_NAMES.map((name) => [VITAL_SIGNS[name].column as string, name]));

function doubtsOfRow({ doubts }: SampleRow, measures: readonly Measure[]): ReadonlyMap<Sign, Doubt> {
  const found = new Map<Sign, Doubt>();
  for (const doubt of doubts) {
    const [column = '', reason] = doubt.split(':');
    const name: VitalName | undefined = NAME_BY_COLUMN.get(column);
    if (name && measures.some(({ sign }) => sign === name)) found.set(name, reason as Doubt);
  }
  return found;
}

/** Where an Observation comes from, by its id. */
export type Origin =
  | { readonly kind: 'observation'; readonly id: string }
  | { readonly kind: 'record'; readonly recordId: string; readonly code: Observable }
  | {
      readonly kind: 'sample';
      readonly personId: string;
      readonly recordedAtMs: number;
      readonly tag: string;
      readonly code: Observable;
    };

const RADIX = 36;
const TAG_LENGTH = 8;

/** Distinguishes the samples of one person and millisecond: of a device's numbers. */
export function tagOf({ deviceId, epoch, seq }: Pick<SampleRow, 'deviceId' | 'epoch' | 'seq'>): string {
  return createHash('sha256').update(`${deviceId}/${epoch}/${seq}`).digest('hex').slice(0, TAG_LENGTH);
}

/** The same whenever it is asked for, and all that it takes to find the row again. At most the 64 characters of R4. */
function idOf(row: SampleRow, code: Observable): string {
  const last = OBSERVABLES[code].code;
  if (row.recordId !== null) return `${row.recordId}.${last}`;
  return `${row.personId}.${row.recordedAtMs.toString(RADIX)}.${tagOf(row)}.${last}`;
}

/** Null: nothing here has such an id. */
export function originOf(id: string): Origin | null {
  const [first = '', ...rest] = id.split('.');
  if (!isUuid(first)) return null;
  if (rest.length === 0) return { kind: 'observation', id: first };
  const code = observableOf(null, rest.at(-1) ?? '');
  if (code === null || OBSERVABLES[code].code !== rest.at(-1)) return null;
  if (rest.length === 1) return { kind: 'record', recordId: first, code };
  const [at = '', tag = ''] = rest;
  const recordedAtMs = Number.parseInt(at, RADIX);
  if (rest.length !== 3 || !/^[0-9a-f]{8}$/.test(tag)) return null;
  if (recordedAtMs > LAST_MS || recordedAtMs.toString(RADIX) !== at) return null;
  return { kind: 'sample', personId: first, recordedAtMs, tag, code };
}
