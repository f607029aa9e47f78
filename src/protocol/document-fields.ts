import type { z } from 'zod';

type Schema = z.core.JSONSchema.JSONSchema;

/** One row of a table of fields. */
interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly rule: string;
  readonly meaning: string;
}

/** The fields of an object schema as a Markdown table; those of objects inside follow with a dotted name. */
export function fieldTable(schema: Schema): string {
  const rows = fieldRows(schema, '');
  if (rows.length === 0) return 'No fields.';
  return table(
    ['field', 'type', 'required', 'rule', 'meaning'],
    rows.map((row) => [`\`${row.name}\``, row.type, row.required ? 'yes' : 'no', row.rule, row.meaning]),
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function fieldRows(schema: Schema, prefix: string): FieldRow[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    if (typeof field === 'boolean') return [];
    const name = prefix + key;
    const row = {
      name,
      type: typeOf(field),
      required: required.has(key),
      rule: ruleOf(field),
      meaning: [field.description, itemsOf(field)?.description].filter(Boolean).join('; '),
    };
    return [row, ...rowsInside(field, name)];
  });
}

/** The fields of the objects that a field holds: itself, its elements, or one of its alternatives. */
function rowsInside(field: Schema, name: string): FieldRow[] {
  if (field.properties) return fieldRows(field, `${name}.`);
  const items = itemsOf(field);
  if (items) return rowsInside(items, `${name}[]`);
  return alternatives(field).flatMap((alternative) => rowsInside(alternative, name));
}

/** What a value is, in a word or two. */
export function typeOf(field: Schema): string {
  const options = alternatives(field);
  if (options.length > 0) return unique(options.map(typeOf)).join(' or ');
  if (Array.isArray(field.type)) return (field.type as string[]).join(' or ');
  if (isRow(field)) return 'row';
  if (field.format === 'uuid') return 'uuid';
  if (field.type === 'array') return `list of ${typeOf(itemsOf(field) ?? {})}`;
  if (field.type === 'object' && typeof field.additionalProperties === 'object') return 'map';
  if (field.enum || field.const !== undefined) return 'word';
  return typeof field.type === 'string' ? field.type : 'anything';
}

/** A list whose places mean different things. */
function isRow(field: Schema): boolean {
  return field.prefixItems !== undefined || (field.type === 'array' && itemsOf(field)?.type === undefined);
}

/** The bounds a value has to keep. */
export function ruleOf(field: Schema): string {
  const rules = [
    ...(field.enum ?? (field.const === undefined ? [] : [field.const])).map((word) => `\`${word}\``),
    ...range(field.minimum, field.maximum),
    ...lengthRule(field.minLength, field.maxLength, 'characters'),
    ...lengthRule(field.minItems, field.maxItems, 'elements'),
    ...(field.pattern === undefined || field.format ? [] : [patternRule(field.pattern)]),
  ];
  const items = itemsOf(field);
  const inside = [...alternatives(field), ...(items ? [items] : [])];
  return unique([...rules, ...inside.filter((schema) => !schema.properties && !isRow(schema)).map(ruleOf)])
    .filter((rule) => rule !== '')
    .join(', ');
}

function range(minimum: number | undefined, maximum: number | undefined): string[] {
  // The bounds of what a number holds exactly, and of what a Date can be, say nothing to a reader.
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= 8.64e15 ? undefined : maximum;
  if (least !== undefined && most !== undefined) return [`${least} to ${most}`];
  if (least !== undefined) return [`at least ${least}`];
  return most === undefined ? [] : [`at most ${most}`];
}

function lengthRule(min: number | undefined, max: number | undefined, what: string): string[] {
  if (min !== undefined && min === max) return [`${min} ${what}`];
  if (max === undefined) return min === undefined ? [] : [`at least ${min} ${what}`];
  return [min === undefined ? `at most ${max} ${what}` : `${min} to ${max} ${what}`];
}

/** Patterns in words, by what they begin with. */
const PATTERNS: readonly (readonly [string, string])[] = [
  ['^(sos|chat|inbox|alert|record):', '`sos:`, `chat:`, `inbox:`, `record:` or `alert:` and a uuid'],
  ['^(?:[\\n\\r\\t]|', 'no control characters but line breaks and tabs'],
  ['^[^\\p{Cc}', 'no control characters'],
];

function patternRule(pattern: string): string {
  return PATTERNS.find(([start]) => pattern.startsWith(start))?.[1] ?? `matches \`${pattern}\``;
}

function alternatives(field: Schema): Schema[] {
  return [...(field.anyOf ?? []), ...(field.oneOf ?? [])].filter((schema) => typeof schema !== 'boolean');
}

function itemsOf(field: Schema): Schema | null {
  const { items } = field;
  return typeof items === 'object' && !Array.isArray(items) ? items : null;
}

const unique = (words: readonly string[]) => [...new Set(words)];
