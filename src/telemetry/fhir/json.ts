/** A JSON object that nothing is known of yet. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The items of an array of objects, at most `max`; whatever else stands there is passed over. */
export const objectsOf = (value: unknown, max = 100): readonly Json[] =>
  Array.isArray(value) ? value.slice(0, max).filter(isObject) : [];

/** A text that a database takes and gives back unchanged; null: it is none, empty, or too long. */
export const textOf = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value.length > 0 && value.length <= max && isStorable(value) ? value : null;

// The database takes neither NUL nor half of a surrogate pair.
const isStorable = (text: string) => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

/** An object without the members that are undefined: FHIR knows no empty elements. */
export const lean = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
