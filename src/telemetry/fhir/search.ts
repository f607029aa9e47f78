import { codingsOf, OBSERVABLE_NAMES, OBSERVABLES, type Observable, observableOf } from './codes.ts';
import { counts, STATUSES, type Status } from './observation.ts';
import { done, failed, type Outcome } from './operation-outcome.ts';
import { FIRST_MS, LAST_MS, readSearchTime } from './times.ts';

/** Of R4, for dates: how the range of an Observation has to lie to the one that is asked for. */
export const COMPARATORS = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;
export type Comparator = (typeof COMPARATORS)[number];

export interface DateCriterion {
  readonly comparator: Comparator;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where in a list of results to go on: behind the first `skip` Observations of the row with this place. */
export interface Place {
  readonly atMs: number;
  readonly key: string;
  readonly skip: number;
}

export interface Search {
  /** A reference to, or the id of, a patient. */
  readonly patient: string;
  readonly codes: ReadonlySet<Observable> | null;
  readonly statuses: readonly Status[];
  readonly dates: readonly (readonly DateCriterion[])[];
  readonly newestFirst: boolean;
  readonly count: number;
  readonly from: Place | null;
}

const COUNT = 50;
export const COUNT_MAX = 200;
const VALUES_MAX = 20;
const DATES_MAX = 4;

/** What is searched by; the rest is refused, because a filter that is passed over shows what was not asked for. */
const PARAMETERS = [
  'patient',
  'subject',
  'code',
  'category',
  'status',
  'date',
  '_count',
  '_sort',
  '_page',
  '_format',
  '_pretty',
  '_total',
];

const refuse = (name: string, text: string) => failed(400, 'value', `${name}: ${text}`);

export function readSearch(query: URLSearchParams, nowMs: number): Outcome<Search> {
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    const known = PARAMETERS.slice(0, 9).join(', ');
    return failed(400, 'not-supported', `${nameOf(unknown)}: is not searched by; known are ${known}`);
  }
  const patients = [...query.getAll('patient'), ...query.getAll('subject')];
  const [patient = ''] = patients;
  if (patient === '' || patients.some((one) => one !== patient)) {
    return failed(400, 'required', 'patient: exactly one is expected');
  }
  const codes = readCodes(query.getAll('code'), query.getAll('category'));
  const dates = query.getAll('date').map((text) => readDates(text, nowMs));
  if (dates.length > DATES_MAX || dates.some((one) => one === null)) {
    return refuse('date', `at most ${DATES_MAX}, each as in ge2026-01-31 or lt2026-01-31T12:00:00Z`);
  }
  const statuses = readStatuses(query.get('status'));
  if (!statuses) return refuse('status', `some of ${STATUSES.join(', ')}, with commas, are expected`);
  const count = Number(query.get('_count') ?? COUNT);
  if (!Number.isInteger(count) || count < 1) return refuse('_count', `a number from 1 to ${COUNT_MAX}`);
  const sort = query.get('_sort') ?? '-date';
  if (sort !== 'date' && sort !== '-date') return refuse('_sort', 'date or -date is expected');
  const page = query.get('_page');
  const from = page === null ? null : readPlace(page);
  if (page !== null && from === null) return refuse('_page', 'take it from the link of a page, unchanged');
  return done({
    patient,
    codes,
    statuses,
    dates: dates.filter((one) => one !== null),
    newestFirst: sort === '-date',
    count: Math.min(count, COUNT_MAX),
    from,
  });
}

const nameOf = (parameter: string) => parameter.replace(/[^\w:.-]/g, '').slice(0, 40) || 'a parameter';

/** Values with commas are alternatives, repeated parameters all have to hold. Null: nothing narrows it. */
function readCodes(codes: readonly string[], categories: readonly string[]): ReadonlySet<Observable> | null {
  const isOther = (text: string) => !text.split(',').some((one) => /(^|\|)vital-signs$/.test(one));
  if (categories.some(isOther)) return new Set();
  if (codes.length === 0) return null;
  const [first = new Set<Observable>(), ...rest] = codes.map(
    (text) => new Set<Observable>(text.split(',').slice(0, VALUES_MAX).flatMap(observablesOf)),
  );
  return new Set([...first].filter((code) => rest.every((other) => other.has(code))));
}

/** A token: `code`, `system|code`, `system|`, or `|code` for one without a system, which none is. */
function observablesOf(token: string): readonly Observable[] {
  const [before = '', after] = token.split('|');
  if (after === undefined) return writtenAs(before, null);
  if (after !== '') return before === '' ? [] : writtenAs(after, before);
  return OBSERVABLE_NAMES.filter((name) => OBSERVABLES[name].system === before);
}

/** What goes out with this code; other codes are understood when they come in, and are not kept. */
function writtenAs(code: string, system: string | null): readonly Observable[] {
  const name = observableOf(system, code);
  return name !== null && codingsOf(OBSERVABLES[name]).some((coding) => coding.code === code) ? [name] : [];
}

/** What was taken back is shown to who asks for it by name. */
function readStatuses(text: string | null): readonly Status[] | null {
  if (text === null) return STATUSES.filter((status) => counts(status) || status === 'registered');
  const asked = text.split(',').map((one) => one.split('|').at(-1));
  const known = STATUSES.filter((status) => asked.includes(status));
  return asked.every((one) => known.some((status) => status === one)) ? known : null;
}

/** Some part of the time between then and now, for `ap`: what R4 recommends. */
const APPROXIMATELY = 0.1;

function readDates(text: string, nowMs: number): readonly DateCriterion[] | null {
  const all = text.split(',').map((one) => readDate(one, nowMs));
  return all.length <= VALUES_MAX && all.every((one) => one !== null) ? all : null;
}

function readDate(text: string, nowMs: number): DateCriterion | null {
  const comparator = COMPARATORS.find((one) => text.startsWith(one)) ?? 'eq';
  const range = readSearchTime(text.replace(/^[a-z]{2}/, ''));
  if (!range || (/^[a-z]/.test(text) && !text.startsWith(comparator))) return null;
  const { fromMs, toMs } = range;
  if (comparator !== 'ap') return { comparator, fromMs, toMs };
  const about = (atMs: number) => Math.round(Math.abs(nowMs - atMs) * APPROXIMATELY);
  return { comparator, fromMs: fromMs - about(fromMs), toMs: Math.min(toMs + about(toMs), LAST_MS) };
}

const KEY = /^[\w:./-]{1,200}$/;

export const writePlace = ({ atMs, key, skip }: Place): string =>
  Buffer.from(JSON.stringify([atMs, key, skip])).toString('base64url');

/** Null: it is none of ours. */
function readPlace(text: string): Place | null {
  try {
    const [atMs, key, skip] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isPlace =
      Number.isSafeInteger(atMs) &&
      atMs >= FIRST_MS &&
      atMs <= LAST_MS &&
      typeof key === 'string' &&
      KEY.test(key) &&
      Number.isInteger(skip) &&
      skip >= 0 &&
      skip < 100;
    return isPlace ? { atMs, key, skip } : null;
  } catch {
    return null;
  }
}

/** Narrows an instant as far as the criteria do, for looking it up by an index. */
export function boundsOf(dates: Search['dates']): { readonly fromMs: number; readonly beforeMs: number } {
  let fromMs = FIRST_MS;
  let beforeMs = LAST_MS;
  for (const alternatives of dates) {
    const lows = alternatives.map(({ comparator, ...range }) => lowOf(comparator, range));
    const highs = alternatives.map(({ comparator, ...range }) => highOf(comparator, range));
    fromMs = Math.max(fromMs, Math.min(...lows));
    beforeMs = Math.min(beforeMs, Math.max(...highs));
  }
  return { fromMs, beforeMs };
}

type Range = Omit<DateCriterion, 'comparator'>;

function lowOf(comparator: Comparator, { fromMs, toMs }: Range): number {
  if (comparator === 'gt' || comparator === 'sa') return toMs;
  return comparator === 'eq' || comparator === 'ge' || comparator === 'ap' ? fromMs : FIRST_MS;
}

function highOf(comparator: Comparator, { fromMs, toMs }: Range): number {
  if (comparator === 'lt' || comparator === 'eb') return fromMs;
  return comparator === 'eq' || comparator === 'le' || comparator === 'ap' ? toMs : LAST_MS;
}
