import { z } from 'zod';
import { type AnyRecordType, RECORD_TYPES } from './all.ts';
import { FAMILIES, isFixed } from './define.ts';
import type { Field } from './field.ts';

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (schema: Json): Json => ({ 'application/json': { schema } });
const answer = (description: string, schema?: Json): Json =>
  schema ? { description, content: content(schema) } : { description };
const refusals = (...statuses: readonly string[]): Json =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Refused` }]));

/** `hydration-logs` → `HydrationLogs`. */
const pascal = (name: string): string =>
  name.replace(/(^|-)(\w)/g, (_, _dash, letter) => letter.toUpperCase());

function fieldSchema({ schema, about, nullable, unit, initial }: Field, isRead: boolean): Json {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
  const shaped = nullable ? { anyOf: [made, { type: 'null' }] } : made;
  const description = unit === undefined ? about : `${about}, in ${unit}`;
  return { ...shaped, description, ...(isRead || initial === undefined ? {} : { default: initial }) };
}

const STANDING: Readonly<Record<string, Json>> = {
  id: { type: 'string', format: 'uuid', description: 'made by the server' },
  version: {
    type: 'integer',
    minimum: 1,
    description: 'rises with every change; a change names the one it was decided on',
  },
  createdAtMs: { type: 'integer', description: 'milliseconds since 1970' },
  createdBy: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }], description: 'an account' },
  updatedAtMs: { type: 'integer', description: 'milliseconds since 1970' },
  updatedBy: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }], description: 'an account' },
};

function schemasOf(type: AnyRecordType): Record<string, Json> {
  const fields = Object.entries(type.fields);
  const written = fields.filter(([, { presence }]) => presence !== 'computed');
  const changed = written.filter(([name]) => !isFixed(type, name));
  const properties = (of: typeof fields, isRead: boolean) =>
    Object.fromEntries(of.map(([name, field]) => [name, fieldSchema(field, isRead)]));
  const required = written.filter(([, { presence }]) => presence === 'required').map(([name]) => name);
  const name = pascal(type.name);
  return {
    [name]: {
      type: 'object',
      description: type.about,
      properties: { ...STANDING, ...properties(fields, true) },
      required: [...Object.keys(STANDING), ...fields.map(([field]) => field)],
    },
    ...(type.verbs.includes('create') && {
      [`${name}Input`]: {
        type: 'object',
        additionalProperties: false,
        properties: properties(written, false),
        required,
        examples: [type.example],
      },
    }),
    ...(type.verbs.includes('change') && {
      [`${name}Change`]: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: properties(changed, true),
      },
    }),
  };
}

const KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', format: 'uuid' },
  description: 'the same request sent again under the same key is answered, not repeated',
};
const ID: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
const query = (name: string, schema: Json, description: string): Json => ({
  name,
  in: 'query',
  schema,
  description,
});

function listParameters(type: AnyRecordType): Json[] {
  const filters = Object.entries(type.filters).flatMap(([name, how]) => {
    const field = type.fields[name];
    if (!field) return [];
    const { description: _about, ...schema } = fieldSchema({ ...field, nullable: false }, true);
    return how === 'is'
      ? [query(name, schema, field.about)]
      : [
          query(`${name}.from`, schema, `${field.about}: this or later`),
          query(`${name}.before`, schema, `${field.about}: before this`),
        ];
  });
  const sorts = type.sorts.flatMap((name) => [name, `-${name}`]);
  const uuid = { type: 'string', format: 'uuid' };
  return [
    ...(type.subject === null
      ? []
      : [query('of', uuid, 'an account or a patient record; absent: everybody whom one may look at')]),
    ...(type.parties?.length
      ? [query('as', { type: 'string', enum: ['party'] }, 'only where one is named oneself')]
      : []),
    ...(type.search ? [query('q', { type: 'string' }, 'words, or their beginnings')] : []),
    ...filters,
    query('sort', { type: 'string', enum: sorts }, 'with - before it: the other way round'),
    query('after', { type: 'string' }, '`next` of the page before'),
    query('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }, 'how many at most'),
  ];
}

const object = (properties: Json, required = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
});

const NEXT: Json = {
  anyOf: [{ type: 'string' }, { type: 'null' }],
  description: 'null: it is the last page',
};

const AFTER_VERSION: Json = {
  name: 'after',
  in: 'query',
  description: 'the next of the page before',
  schema: { type: 'string' },
};

function pathsOf(type: AnyRecordType): Record<string, Json> {
  const name = pascal(type.name);
  const has = (verb: AnyRecordType['verbs'][number]) => type.verbs.includes(verb);
  const base = `/v1/records/${type.name}`;
  const operation = (id: string, summary: string, more: Json): Json => ({
    operationId: `${id}${name}`,
    tags: [type.name],
    summary,
    security: [{ token: [] }],
    ...more,
  });
  const body = (schema: Json): Json => ({ required: true, content: content(schema) });
  const version = STANDING.version;
  const reason = { type: 'string', minLength: 1, maxLength: 500 };

  const many = {
    ...(has('list') && {
      get: operation('list', `A page: ${type.about}`, {
        parameters: listParameters(type),
        responses: {
          200: answer(
            'the page',
            object({
              records: { type: 'array', items: ref(name) },
              next: NEXT,
            }),
          ),
          ...refusals('400', '401', '404'),
        },
      }),
    }),
    ...(has('create') && {
      post: operation('create', 'A new one', {
        parameters: [KEY],
        requestBody: body(ref(`${name}Input`)),
        responses: {
          201: answer('as it was kept', ref(name)),
          ...refusals('400', '401', '403', '404', '409'),
        },
      }),
    }),
  };
  const one = {
    ...(has('read') && {
      get: operation('read', 'One of them', {
        responses: { 200: answer('as it is', ref(name)), ...refusals('401', '404') },
      }),
    }),
    ...(has('change') && {
      patch: operation('change', 'What it says from now on; what it said before is kept', {
        parameters: [KEY],
        requestBody: body(object({ version, change: ref(`${name}Change`), reason }, ['version', 'change'])),
        responses: { 200: answer('as it is now', ref(name)), ...refusals('400', '401', '403', '404', '409') },
      }),
    }),
  };
  const act = (id: string, summary: string, said: Json, responses: Json): Json => ({
    parameters: [ID],
    post: operation(id, summary, { parameters: [KEY], requestBody: body(said), responses }),
  });
  const done = { 204: answer('done'), ...refusals('400', '401', '403', '404', '409') };
  return {
    [base]: many,
    ...(type.bulk && {
      [`${base}/batch`]: {
        post: operation('createMany', 'Many at once, of one person: all of them or none', {
          parameters: [KEY],
          requestBody: body(
            object({ records: { type: 'array', minItems: 1, maxItems: 200, items: ref(`${name}Input`) } }),
          ),
          responses: {
            201: answer('as they were kept', object({ records: { type: 'array', items: ref(name) } })),
            ...refusals('400', '401', '403', '404', '409'),
          },
        }),
      },
    }),
    [`${base}/{id}`]: { parameters: [ID], ...one },
    ...(has('history') && {
      [`${base}/{id}/history`]: {
        parameters: [ID],
        get: operation('history', 'What it said and what it says, the newest first', {
          parameters: [AFTER_VERSION],
          responses: {
            200: answer(
              'a page of its versions',
              object({ versions: { type: 'array', items: versionOf(name) }, next: NEXT }),
            ),
            ...refusals('400', '401', '404'),
          },
        }),
      },
    }),
    ...(has('remove') && {
      [`${base}/{id}/removal`]: act('remove', 'It counts no more', object({ version, reason }), done),
    }),
    ...(has('erase') && {
      [`${base}/{id}/erasure`]: act('erase', 'Takes it out with its history', object({ reason }), done),
    }),
  };
}

const versionOf = (name: string): Json =>
  object({
    version: STANDING.version,
    record: ref(name),
    replacedAtMs: { anyOf: [{ type: 'integer' }, { type: 'null' }], description: 'null: it counts' },
    reason: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'why it was replaced' },
  });

/** OpenAPI 3.1 of all records, made from their declarations. */
export function openApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Muster: records',
      version: '1',
      description:
        'The health record behind the emergency: every type of record, each with the same set of operations. This document ' +
        'covers /v1/records alone. The other routes under /v1 (accounts, sessions, devices, SOS, alerts, FHIR and so on) are ' +
        'described in docs/http.md, and what is live goes over the socket of docs/protocol.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: RECORD_TYPES.map(({ name, about, family }) => ({
      name,
      description: `${about} (${family.replace('_', ' ')}: ${FAMILIES[family]})`,
    })),
    paths: Object.assign({}, ...RECORD_TYPES.map(pathsOf)),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'an access token' } },
      responses: { Refused: answer('refused; `code` is of the table of errors', ref('Error')) },
      schemas: {
        Error: object(
          {
            code: { type: 'string' },
            number: { type: 'integer' },
            retryable: { type: 'boolean' },
            text: { type: 'string' },
            advice: { type: 'string' },
            detail: { type: 'string', description: 'the field and the rule' },
          },
          ['code', 'number', 'retryable', 'text', 'advice'],
        ),
        ...Object.assign({}, ...RECORD_TYPES.map(schemasOf)),
      },
    },
  };
}
