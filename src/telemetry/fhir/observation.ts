import { type Consciousness, type Doubt, doubtsOf, type Vitals } from '../vitals/vitals.ts';
import { isNumberSign, NUMBER_SIGNS, type Observable, type Sign } from './codes.ts';
import { readTime, type TimeRange } from './times.ts';

/** Of R4, in the order in which an observation goes through them; the last two say that it counts no more. */
export const STATUSES = [
  'registered',
  'unknown',
  'preliminary',
  'final',
  'amended',
  'corrected',
  'cancelled',
  'entered-in-error',
] as const;
export type Status = (typeof STATUSES)[number];

/** Whether it says something of its patient. Of an `unknown` one it could be that it was taken back. */
export const counts = (status: Status): boolean =>
  status === 'preliminary' || status === 'final' || status === 'amended' || status === 'corrected';

/** Whether a person saw it and stands by it: nobody has looked yet at a preliminary one, and a device's is a device's. */
export const isSeen = ({ status, device }: Pick<Observed, 'status' | 'device'>): boolean =>
  counts(status) && status !== 'preliminary' && device === null;

/** One thing that was measured, or was to be. */
export interface Measure {
  readonly sign: Sign;
  /** In the kept unit; a letter of ACVPU; whether oxygen is given. Null: it was not measured. */
  readonly value: number | Consciousness | boolean | null;
  /** Why there is no value, of the code system `data-absent-reason`. */
  readonly absent: string | null;
}

/** When it was so, in the words of whoever said it. */
export interface Effective {
  readonly kind: 'dateTime' | 'instant' | 'period';
  readonly start: string | null;
  /** Of a period only. */
  readonly end: string | null;
}

export interface Identifier {
  readonly system: string | null;
  readonly value: string;
}

/** What an Observation says, as far as it is kept. */
export interface Observed {
  readonly status: Status;
  readonly code: Observable;
  readonly identifier: Identifier | null;
  /** Null only where the status does not count. */
  readonly effective: Effective | null;
  /** An instant. */
  readonly issued: string | null;
  /** Its own value first, then its components. Each sign once. */
  readonly measures: readonly Measure[];
  /** References to what belongs to a panel, such as `Observation/<id>`. */
  readonly members: readonly string[];
  readonly note: string | null;
  /** What measured it, for people. */
  readonly device: string | null;
}

/** From when to when it was so; ends that nobody said are open. */
export function rangeOf({ effective, issued }: Pick<Observed, 'effective' | 'issued'>): {
  readonly fromMs: number | null;
  readonly toMs: number | null;
} {
  const said = effective ?? (issued === null ? null : { start: issued, end: null, kind: 'instant' as const });
  const start = timeOf(said?.start);
  const end = said?.kind === 'period' ? timeOf(said.end) : start;
  return { fromMs: start?.fromMs ?? null, toMs: end?.toMs ?? null };
}

/** The instant by which it stands among others: its beginning, else its end; null: nothing is said. */
export function instantMsOf(observed: Pick<Observed, 'effective' | 'issued'>): number | null {
  const { fromMs, toMs } = rangeOf(observed);
  return fromMs ?? (toMs === null ? null : toMs - 1);
}

/** Whether its time is an instant with a time of day: only then it can say how somebody is now. */
export const isInstant = ({ effective }: Pick<Observed, 'effective'>): boolean =>
  effective !== null && effective.kind !== 'period' && (timeOf(effective.start)?.isExact ?? false);

const timeOf = (text: string | null | undefined): TimeRange | null =>
  text === null || text === undefined ? null : readTime(text);

/** Above what air holds. */
const AIR_OXYGEN_PCT = 21;

/** What of it the table of vital signs has a column for. */
export function vitalsOf(measures: readonly Measure[]): Vitals {
  const vitals: Record<string, unknown> = {};
  for (const { sign, value } of measures) {
    if (value === null || sign === 'oxygenPct' || !hasColumn(sign)) continue;
    vitals[sign] = value;
  }
  const onOxygen = vitals.onOxygen ?? oxygenOf(measures);
  return (onOxygen === undefined ? vitals : { ...vitals, onOxygen }) as Vitals;
}

const NO_COLUMN: readonly Sign[] = ['meanPressureMmhg', 'heightCm', 'bmiKgM2', 'headCm', 'oxygenPct'];
export const hasColumn = (sign: Sign): boolean => !NO_COLUMN.includes(sign);

function oxygenOf(measures: readonly Measure[]): boolean | undefined {
  const numberOf = (sign: Sign) => measures.find((one) => one.sign === sign)?.value;
  const [flow, concentration] = [numberOf('oxygenLpm'), numberOf('oxygenPct')];
  if (typeof flow === 'number') return flow > 0;
  return typeof concentration === 'number' ? concentration > AIR_OXYGEN_PCT : undefined;
}

/** What of it is kept but not believed. */
export function doubtsAbout(measures: readonly Measure[]): ReadonlyMap<Sign, Doubt> {
  const doubts = new Map<Sign, Doubt>(Object.entries(doubtsOf(vitalsOf(measures))) as [Sign, Doubt][]);
  for (const { sign, value } of measures) {
    if (hasColumn(sign) || !isNumberSign(sign) || typeof value !== 'number') continue;
    const [min, max] = NUMBER_SIGNS[sign].plausible;
    if (value < min) doubts.set(sign, 'below_plausible');
    else if (value > max) doubts.set(sign, 'above_plausible');
  }
  return doubts;
}
