import { t, tFor } from './strings/index.ts';

/** The parts of a JSON schema that declarations of records come to. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
  readonly description?: string;
}

interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<
    Record<string, Body & { readonly $ref?: string; readonly description?: string }>
  >;
}

/** `GET /v1/openapi.json`, as far as the page shows it. */
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | readonly Parameter[]>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, { readonly description?: string }>>;
  };
}

export interface FieldRow {
  readonly name: string;
  /** Such as `text, 1 to 500 long`. */
  readonly kind: string;
  readonly about: string;
  readonly isRequired: boolean;
}

export interface OperationView {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly FieldRow[];
  /** Of the body, the fields of what is sent in it among them; empty: it has none. */
  readonly body: readonly FieldRow[];
  readonly answers: readonly { readonly status: string; readonly text: string }[];
}

export interface TypeView {
  readonly name: string;
  readonly about: string;
  readonly fields: readonly FieldRow[];
  /** As JSON; null: nobody makes one over HTTP. */
  readonly example: string | null;
  readonly operations: readonly OperationView[];
}

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** What the page shows, from the document alone; nothing in it is about a type that the document does not name. */
export function typesIn(document: OpenApiDocument): TypeView[] {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method] as Operation | undefined;
      return operation ? [{ tags: operation.tags, view: viewOf(document, method, path, operation) }] : [];
    }),
  );
  return document.tags.map(({ name, description }) => {
    const schema = document.components.schemas[schemaNameOf(name)];
    const example = document.components.schemas[`${schemaNameOf(name)}Input`]?.examples?.[0];
    return {
      name,
      about: description,
      fields: schema ? rowsOf(document, schema) : [],
      example: example === undefined ? null : JSON.stringify(example, null, 2),
      operations: operations.filter(({ tags }) => tags.includes(name)).map(({ view }) => view),
    };
  });
}

/** Those that a word is about: in the name, in what it is, or in a field. */
export function matching(types: readonly TypeView[], word: string): TypeView[] {
  const wanted = word.trim().toLowerCase();
  const says = (text: string) => text.toLowerCase().includes(wanted);
  return types.filter(
    ({ name, about, fields }) => says(name) || says(about) || fields.some((field) => says(field.name)),
  );
}

const schemaNameOf = (type: string): string =>
  type.replace(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

function viewOf(
  document: OpenApiDocument,
  method: string,
  path: string,
  operation: Operation,
): OperationView {
  const { summary, parameters = [], requestBody, responses } = operation;
  const sent = jsonOf(requestBody);
  return {
    method: method.toUpperCase(),
    path,
    summary,
    parameters: parameters.map(({ name, schema, description = '' }) => {
      return { name, kind: kindOf(schema), about: description, isRequired: false };
    }),
    body: sent ? rowsOf(document, sent) : [],
    answers: Object.entries(responses).map(([status, answer]) => ({
      status,
      text: answer.description ?? document.components.responses[lastOf(answer.$ref)]?.description ?? '',
    })),
  };
}

const jsonOf = (body: Body | undefined): Schema | undefined => body?.content?.['application/json']?.schema;
const lastOf = (reference: string | undefined): string => reference?.split('/').at(-1) ?? '';
const resolved = (document: OpenApiDocument, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (document.components.schemas[lastOf(schema.$ref)] ?? {});

function rowsOf(document: OpenApiDocument, schema: Schema): FieldRow[] {
  const { properties = {}, required = [] } = resolved(document, schema);
  return Object.entries(properties).map(([name, field]) => ({
    name,
    kind: kindOf(field),
    about: field.description ?? '',
    isRequired: required.includes(name),
  }));
}

/** A schema in words: `whole number, 0 to 300, or nothing`. */
export function kindOf(schema: Schema): string {
  if (schema.$ref !== undefined) return lastOf(schema.$ref);
  if (schema.anyOf) {
    const [first = '', ...others] = schema.anyOf.map(kindOf);
    return others.reduce((all, kind) => t('reference.or', { all, kind }), first);
  }
  if (schema.enum) return t('reference.one_of', { values: schema.enum.map(String).join(', ') });
  const { type = 'anything', format, items } = schema;
  if (type === 'array') {
    const kind = t('reference.list_of', { kind: items ? kindOf(items) : t('reference.anything') });
    return ranged(kind, schema.minItems, schema.maxItems, true);
  }
  const name = ranged(format ?? tFor('reference', type) ?? type, schema.minimum, schema.maximum);
  const kind = format === undefined ? ranged(name, schema.minLength, schema.maxLength, true) : name;
  return schema.default === undefined
    ? kind
    : t('reference.initially', { kind, value: String(schema.default) });
}

/** Beyond these a number is bounded by what a number or a time can be, which tells nobody anything. */
const TELLING = 1e12;

function ranged(kind: string, least: number | undefined, most: number | undefined, isLong = false): string {
  const [from, to] = [least, most].map((n) => (n === undefined || Math.abs(n) >= TELLING ? null : String(n)));
  if (from != null && to != null)
    return t(isLong ? 'reference.long_from_to' : 'reference.from_to', { kind, from, to });
  if (to != null) return t(isLong ? 'reference.long_at_most' : 'reference.at_most', { kind, to });
  return from != null ? t(isLong ? 'reference.long_at_least' : 'reference.at_least', { kind, from }) : kind;
}
