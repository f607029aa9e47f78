import { z } from 'zod';
import type { Mask } from '../mask.ts';

/** Whether whoever writes a record has to say it, may say it, or the database works it out. */
export type Presence = 'required' | 'optional' | 'computed';

/** What `information_schema.columns.udt_name` calls the type of its column. */
export type SqlType =
  | 'text'
  | 'int4'
  | 'numeric'
  | 'bool'
  | 'date'
  | 'timestamptz'
  | 'time'
  | 'uuid'
  | '_text';

/** Another record, in the same schema or of a patient: the table, and whether it has to be of the same person. */
export interface Reference {
  readonly table: string;
  readonly sameSubject: boolean;
}

/** One field of a declared record, with the column that holds it. Pure data. */
export interface Field<T = unknown, P extends Presence = Presence, N extends boolean = boolean> {
  readonly about: string;
  readonly sqlType: SqlType;
  /** What a value has to be, in JSON. */
  readonly schema: z.ZodType<T>;
  readonly presence: P;
  /** Whether it can be null. */
  readonly nullable: N;
  /** What it is when nobody says; absent: null. */
  readonly initial?: T;
  /** Where the name of the column does not follow from the field's. */
  readonly column?: string;
  readonly values?: readonly string[];
  readonly references?: Reference;
  readonly unit?: string;
  /** What becomes of it in a masked copy. */
  readonly mask: Mask;
  /** Free words of a person: blanked when whom it is about is erased. */
  readonly isWords: boolean;
}

interface Extra {
  readonly column?: string;
}

const field = <T>(
  about: string,
  sqlType: SqlType,
  schema: z.ZodType<T>,
  more: Partial<Field<T>> = {},
): Field<T, 'required', false> => ({
  mask: 'keep',
  isWords: false,
  ...more,
  about,
  sqlType,
  schema,
  presence: 'required',
  nullable: false,
});

/** PostgreSQL takes no NUL in a text, and no half of a pair. */
const isStorable = (text: string) => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/** Words, trimmed; `max` characters. */
export function text(
  about: string,
  { max, min = 1, mask = 'words', ...extra }: Extra & { max: number; min?: number; mask?: Mask },
) {
  const schema = z.string().trim().min(min).max(max).refine(isStorable, 'holds what is no character');
  return field(about, 'text', schema, { ...extra, mask, isWords: true });
}

/** Several short texts of one pattern, at most so many. */
export const texts = (
  about: string,
  { count, pattern, ...extra }: Extra & { readonly count: number; readonly pattern: RegExp },
) => field(about, '_text', z.array(z.string().regex(pattern)).max(count), extra);

/** A word of a code that is kept when its person is erased, such as a currency. */
export const code = (about: string, pattern: RegExp, extra: Extra = {}) =>
  field(about, 'text', z.string().regex(pattern), extra);

export const choice = <const V extends readonly [string, ...string[]]>(
  about: string,
  values: V,
  extra: Extra = {},
) => field<V[number]>(about, 'text', z.enum(values) as z.ZodType<V[number]>, { ...extra, values });

/** Several of these, each once. */
export const choices = <const V extends readonly [string, ...string[]]>(
  about: string,
  values: V,
  extra: Extra = {},
) =>
  field<V[number][]>(
    about,
    '_text',
    z
      .array(z.enum(values) as z.ZodType<V[number]>)
      .max(values.length)
      .refine((list) => new Set(list).size === list.length, 'names something twice'),
    { ...extra, values },
  );

interface Range extends Extra {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

export const int = (about: string, { min, max, ...extra }: Range) =>
  field(about, 'int4', z.number().int().min(min).max(max), extra);

/** With so many decimals at most, four when nothing is said, kept as they are. */
export const decimal = (
  about: string,
  { min, max, decimals = 4, ...extra }: Range & { readonly decimals?: number },
) =>
  field(
    about,
    'numeric',
    z
      .number()
      .min(min)
      .max(max)
      .refine((value) => Number(value.toFixed(decimals)) === value, `has more than ${decimals} decimals`),
    extra,
  );

const MONEY_MAX = 99_999_999.99;

/** An amount in the currency that stands beside it: two decimals, `numeric(12,2)`. */
export const money = (about: string, { min = 0, ...extra }: Extra & { readonly min?: number } = {}) =>
  decimal(about, { min, max: MONEY_MAX, decimals: 2, ...extra });

/** The three letters of ISO 4217. */
export const currency = (about = 'the currency, as ISO 4217 writes it') => code(about, /^[A-Z]{3}$/);

export const bool = (about: string, extra: Extra = {}) => field(about, 'bool', z.boolean(), extra);

/** A calendar day, `YYYY-MM-DD`. */
export const day = (about: string, { mask = 'keep', ...extra }: Extra & { mask?: Mask } = {}) =>
  field(about, 'date', z.iso.date() as z.ZodType<string>, { ...extra, mask });

const YEAR_0001_MS = -62_135_596_800_000;
const YEAR_9999_MS = 253_402_300_799_999;

/** A moment in milliseconds since 1970; its name ends in `AtMs`, its column in `_at`. */
export const instant = (about: string, extra: Extra = {}) =>
  field(about, 'timestamptz', z.number().int().min(YEAR_0001_MS).max(YEAR_9999_MS), extra);

/** A time of a local day, `HH:MM`. */
export const timeOfDay = (about: string, extra: Extra = {}) =>
  field(about, 'time', z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/), extra);

export const uuid = z.guid().toLowerCase();

/** An account. */
export const user = (about: string, extra: Extra = {}) =>
  field(about, 'uuid', uuid as z.ZodType<string>, {
    ...extra,
    references: { table: 'accounts.users', sameSubject: false },
  });

/** Another record. With `sameSubject` it has to be of the same person. */
export const reference = (
  about: string,
  table: string,
  { sameSubject = false, ...extra }: Extra & { sameSubject?: boolean } = {},
) => field(about, 'uuid', uuid as z.ZodType<string>, { ...extra, references: { table, sameSubject } });

/** May be left out, and is null then. */
export const optional = <T>(of: Field<T, 'required', false>): Field<T, 'optional', true> => ({
  ...of,
  presence: 'optional',
  nullable: true,
});

/** May be left out, and is this then. */
export const initially = <T>(of: Field<T, 'required', false>, initial: T): Field<T, 'optional', false> => ({
  ...of,
  presence: 'optional',
  initial,
});

/** May be left out, and is filled in by the engine then. */
export const filledIn = <T>(of: Field<T, 'required', false>): Field<T, 'optional', false> => ({
  ...of,
  presence: 'optional',
});

/** Worked out by the database; nobody writes it. */
export const computed = <T>(of: Field<T, 'required', false>): Field<T, 'computed', true> => ({
  ...of,
  presence: 'computed',
  nullable: true,
});

/** Whom a record is about: a patient record. Whoever writes it, when nobody is named. */
export const patient = (about = 'the patient, by their record or their account') =>
  filledIn(
    field(about, 'uuid', uuid as z.ZodType<string>, {
      references: { table: 'care.patients', sameSubject: false },
    }),
  );

/** Whom a record is about: an account, or the patient record of somebody who has none. Likewise. */
export const person = (about = 'the person, by their account or their patient record') =>
  filledIn(field(about, 'uuid', uuid as z.ZodType<string>));

/** `amountMl` → `amount_ml`, `takenAtMs` → `taken_at`. */
export const columnOf = (name: string, { column, sqlType }: Pick<Field, 'column' | 'sqlType'>): string =>
  column ??
  (sqlType === 'timestamptz' ? name.replace(/Ms$/, '') : name)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
