import { z } from 'zod';
import { ok, type Refused, type Result, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import { isFixed } from '../schema/records/define.ts';
import type { Field } from '../schema/records/field.ts';
import { columnsOf, type Row } from './rows.ts';

/** What was said of a record in a shape that its type takes. */
type Parsed = Result<Row, 'bad_request'>;

const ISSUES_MAX = 5;
const RULES: Readonly<Record<string, string>> = {
  invalid_type: 'type',
  too_small: 'min',
  too_big: 'max',
  invalid_value: 'one of',
  invalid_format: 'format',
  not_multiple_of: 'whole',
  custom: 'rule',
};

/** `amountMl (max): Too big: …`: which field breaks which rule, a few of them. */
function detailOf(error: z.ZodError): string {
  return error.issues
    .slice(0, ISSUES_MAX)
    .flatMap((issue) => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => `${key.slice(0, 64)} (unknown): is no field of this`);
      const field = issue.path.map(String).join('.').slice(0, 64) || 'body';
      const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
      return isMissing
        ? `${field} (required): is missing`
        : `${field} (${RULES[issue.code] ?? 'rule'}): ${issue.message}`;
    })
    .join('; ');
}

function inputOf(field: Field): z.ZodType {
  if (field.presence === 'required') return field.schema;
  if (field.nullable) return field.schema.nullable().default(null);
  return field.initial === undefined ? field.schema.optional() : field.schema.default(field.initial);
}

const changeOf = (field: Field): z.ZodType =>
  field.nullable ? field.schema.nullable().optional() : field.schema.optional();

interface Shapes {
  readonly input: z.ZodType<Row>;
  readonly change: z.ZodType<Row>;
}
const shapes = new Map<string, Shapes>();

function shapesOf(type: AnyRecordType): Shapes {
  const known = shapes.get(type.name);
  if (known) return known;
  const writable = columnsOf(type).filter(({ field }) => field.presence !== 'computed');
  const shaped = (of: (field: Field) => z.ZodType, columns = writable) =>
    z.strictObject(Object.fromEntries(columns.map(({ name, field }) => [name, of(field)])));
  const made = {
    input: shaped(inputOf),
    change: shaped(
      changeOf,
      writable.filter(({ name }) => !isFixed(type, name)),
    ),
  };
  shapes.set(type.name, made);
  return made;
}

function parsedAs<T>(schema: z.ZodType<T>, body: unknown): Result<T, 'bad_request'> {
  const result = schema.safeParse(body);
  return result.success ? ok(result.data) : refused('bad_request', detailOf(result.error));
}

/** What whoever creates a record says; what may be left out is filled in. */
export const parseInput = (type: AnyRecordType, body: unknown): Parsed =>
  parsedAs(shapesOf(type).input, body);

const reason = z.string().trim().min(1).max(500);
const version = z.number().int().min(1);
const anything = z.looseObject({});
const changeBody = z.strictObject({ version, change: anything, reason: reason.optional() });
const removalBody = z.strictObject({ version, reason });
const erasureBody = z.strictObject({ reason });

export interface Correction {
  readonly version: number;
  readonly change: Row;
  readonly reason: string | null;
}

export function parseChange(type: AnyRecordType, body: unknown): Result<Correction, 'bad_request'> {
  const outer = parsedAs(changeBody, body);
  if (!outer.ok) return outer;
  const change = parsedAs(shapesOf(type).change, outer.value.change);
  if (!change.ok) return change;
  if (Object.keys(change.value).length === 0) return refused('bad_request', 'change (min): is empty');
  return ok({ version: outer.value.version, change: change.value, reason: outer.value.reason ?? null });
}

export const parseRemoval = (body: unknown) => parsedAs(removalBody, body);
export const parseErasure = (body: unknown) => parsedAs(erasureBody, body);

export const BATCH_MAX = 200;
const batchBody = z.strictObject({ records: z.array(z.unknown()).min(1).max(BATCH_MAX) });

/** Several records at once; the first that does not fit is named by its place. */
export function parseBatch(type: AnyRecordType, body: unknown): Result<readonly Row[], 'bad_request'> {
  const outer = parsedAs(batchBody, body);
  if (!outer.ok) return outer;
  const rows: Row[] = [];
  for (const [place, each] of outer.value.records.entries()) {
    const row = parseInput(type, each);
    if (!row.ok) return at(place, row);
    rows.push(row.value);
  }
  return ok(rows);
}

export const at = <C extends string>(place: number, { code, detail }: Refused<C>): Refused<C> =>
  refused(code, `records.${place}: ${detail ?? ''}`);
