import { ok, type Result, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import { type Field, instant, uuid } from '../schema/records/field.ts';
import { type Place, placeOf } from './cursor.ts';

export const PAGE_MAX = 200;
const PAGE_USUAL = 50;
/** Each combination is a statement of its own. */
const FILTERS_AT_ONCE = 3;
const WORDS_MAX = 8;

export type Comparison = '=' | '>=' | '<';

export interface Condition {
  readonly field: string;
  readonly is: Comparison;
  readonly value: unknown;
}

/** What is asked of a list, checked. */
export interface Asked {
  /** An account or a patient record; null: everybody whose records they may see. */
  readonly of: string | null;
  /** Only where they are named themselves, as the professional of an appointment is. */
  readonly asParty: boolean;
  readonly conditions: readonly Condition[];
  /** For `to_tsquery`: words that all have to begin a word there; null: none. */
  readonly words: string | null;
  readonly sort: string;
  readonly newestFirst: boolean;
  readonly after: Place | null;
  readonly limit: number;
  /** Which list it is; what a cursor is of. */
  readonly list: string;
}

type Query = Readonly<Record<string, string>>;
type Checked<T> = Result<T, 'bad_request'>;

const wrong = (parameter: string, rule: string, text: string) =>
  refused('bad_request', `${parameter} (${rule}): ${text}`);

const OWN = ['of', 'as', 'q', 'sort', 'after', 'limit'];
const CREATED = instant('when it was created');
const fieldOf = (type: AnyRecordType, name: string): Field =>
  name === 'createdAtMs' ? CREATED : (type.fields[name] ?? CREATED);

/** The names that a list of this type takes besides `of`, `as`, `q`, `sort`, `after` and `limit`. */
export const filterNames = ({ filters }: AnyRecordType): string[] =>
  Object.entries(filters).flatMap(([name, how]) =>
    how === 'range' ? [`${name}.from`, `${name}.before`] : [name],
  );

/** The version that a page of a history begins below: the `next` of the page before, or above all of them. */
export function versionAfter({ after, ...others }: Query): Checked<number> {
  const [other] = Object.keys(others);
  if (other !== undefined) return wrong(other.slice(0, 64), 'unknown', 'a history is asked by after alone');
  if (after === undefined) return ok(Number.MAX_SAFE_INTEGER);
  return /^[1-9]\d{0,9}$/.test(after) ? ok(Number(after)) : wrong('after', 'format', 'is the next of a page');
}

export function parseQuery(type: AnyRecordType, query: Query): Checked<Asked> {
  const conditions = conditionsOf(type, query);
  if (!conditions.ok) return conditions;
  const order = orderOf(type, query.sort);
  if (!order.ok) return order;
  const words = wordsOf(type, query.q);
  if (!words.ok) return words;
  const limit = query.limit === undefined ? PAGE_USUAL : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX)
    return wrong('limit', 'range', `is a number from 1 to ${PAGE_MAX}`);
  const of = query.of === undefined || query.of === 'all' ? ok(null) : idOf(query.of);
  if (!of.ok) return of;
  if (query.as !== undefined && (query.as !== 'party' || (type.parties ?? []).length === 0))
    return wrong('as', 'one of', type.parties ? 'is party' : 'nobody is named in records of this type');
  const list = listName(type, query);
  const after = query.after === undefined ? null : placeOf(list, query.after);
  if (query.after !== undefined && !isPlace(type, order.value.sort, after))
    return wrong('after', 'cursor', 'is no cursor of this list');
  return ok({
    of: of.value,
    asParty: query.as === 'party',
    conditions: conditions.value,
    words: words.value,
    ...order.value,
    after,
    limit,
    list,
  });
}

/** A cursor goes with what was asked; only how much of it is shown may change. */
const listName = (type: AnyRecordType, query: Query): string =>
  [
    type.name,
    ...Object.entries(query)
      .filter(([name]) => name !== 'after' && name !== 'limit')
      .sort()
      .flat(),
  ].join(' ');

const isPlace = (type: AnyRecordType, sort: string, place: Place | null): boolean =>
  place !== null && fieldOf(type, sort).schema.safeParse(place.value).success;

const idOf = (text: string): Checked<string> => {
  const id = uuid.safeParse(text);
  return id.success ? ok(id.data) : wrong('of', 'format', 'is the id of a person');
};

/** What a list is ordered by when nobody says. */
export const usualSort = (type: AnyRecordType): string => type.sorts[0] ?? 'createdAtMs';

function orderOf(
  type: AnyRecordType,
  asked: string | undefined,
): Checked<{ readonly sort: string; readonly newestFirst: boolean }> {
  const usual = usualSort(type);
  const isTime = (name: string) => ['date', 'timestamptz'].includes(fieldOf(type, name).sqlType);
  if (asked === undefined) return ok({ sort: usual, newestFirst: isTime(usual) });
  const sort = asked.replace(/^-/, '');
  const declared: readonly string[] = type.sorts;
  return declared.includes(sort)
    ? ok({ sort, newestFirst: asked.startsWith('-') })
    : wrong('sort', 'one of', `is one of ${declared.join(', ')}, with - before it for the other way round`);
}

function conditionsOf(type: AnyRecordType, query: Query): Checked<readonly Condition[]> {
  const conditions: Condition[] = [];
  for (const [name, text] of Object.entries(query)) {
    if (OWN.includes(name)) continue;
    const condition = conditionOf(type, name, text);
    if (!condition.ok) return condition;
    conditions.push(condition.value);
  }
  if (new Set(conditions.map(({ field }) => field)).size > FILTERS_AT_ONCE)
    return wrong('filters', 'max', `at most ${FILTERS_AT_ONCE} of them at once`);
  // The same question is the same statement, in whatever order it is asked.
  return ok(conditions.sort((a, b) => (a.field + a.is < b.field + b.is ? -1 : 1)));
}

function conditionOf(type: AnyRecordType, name: string, text: string): Checked<Condition> {
  if (!filterNames(type).includes(name))
    return wrong(
      name.slice(0, 64),
      'unknown',
      `is not asked by here, only by ${[...filterNames(type), ...OWN].join(', ')}`,
    );
  const [field = '', end] = name.split('.');
  const value = saidOf(fieldOf(type, field), text);
  if (value === undefined) return wrong(name, 'format', 'does not fit the field');
  return ok({ field, value, is: end === 'from' ? '>=' : end === 'before' ? '<' : '=' });
}

/** Undefined: it does not fit. */
function saidOf({ sqlType, schema }: Field, text: string): unknown {
  const isNumber = ['int4', 'numeric', 'timestamptz'].includes(sqlType);
  const said = isNumber ? (text === '' ? Number.NaN : Number(text)) : text;
  const value = sqlType !== 'bool' ? said : text === 'true' ? true : text === 'false' ? false : text;
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function wordsOf(type: AnyRecordType, asked: string | undefined): Checked<string | null> {
  if (asked === undefined) return ok(null);
  if (!type.search) return wrong('q', 'unknown', 'records of this type are not searched by words');
  // A telephone number is one word there, of digits alone.
  const number = asked.replace(/[\s()./-]/g, '');
  const words = /^\+?\d{3,}$/.test(number)
    ? [number.replace(/^\+/, '')]
    : (asked.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
  if (words.length === 0 || words.length > WORDS_MAX)
    return wrong('q', 'range', `is one word or several, at most ${WORDS_MAX}`);
  return ok(words.map((word) => `'${word.slice(0, 64)}':*`).join(' & '));
}
