import { expect, test } from 'vitest';
import { RECORD_TYPES } from '../schema/records/all.ts';
import { openApi } from '../schema/records/openapi.ts';
import { kindOf, matching, type OpenApiDocument, typesIn } from './reference.ts';

const types = typesIn(openApi() as unknown as OpenApiDocument);

test('every type of record is shown, with its fields in words and everything that can be done with it', () => {
  expect(types.map(({ name }) => name)).toEqual(RECORD_TYPES.map(({ name }) => name));
  for (const { fields, operations } of types) {
    expect(fields.filter(({ kind }) => kind === '' || /undefined|object/.test(kind))).toEqual([]);
    expect(fields.filter(({ about }) => about === '')).toEqual([]);
    expect(operations.length).toBeGreaterThan(1);
  }
});

test('an operation has its parameters, its body and its answers', () => {
  const drinks = types.find(({ name }) => name === 'hydration-logs');
  const create = drinks?.operations.find(
    ({ method, path }) => `${method} ${path}` === 'POST /v1/records/hydration-logs',
  );
  expect(create?.parameters.map(({ name }) => name)).toEqual(['Idempotency-Key']);
  expect(create?.body).toContainEqual(expect.objectContaining({ name: 'amountMl', isRequired: true }));
  expect(create?.answers).toContainEqual({ status: '409', text: expect.stringContaining('refused') });
  expect(JSON.parse(drinks?.example ?? 'null')).toHaveProperty('amountMl');
});

test.each([
  [{ type: 'string', minLength: 1, maxLength: 500 }, 'text, 1 to 500 long'],
  [{ anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] }, 'whole number, at least 0, or nothing'],
  [{ type: 'integer', minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 }, 'whole number'],
  [{ type: 'string', format: 'uuid', pattern: 'x' }, 'uuid'],
  [{ enum: ['a', 'b'], type: 'string' }, 'one of a, b'],
  [{ type: 'array', items: { type: 'string' }, maxItems: 3 }, 'list of text, at most 3 long'],
  [{ type: 'integer', default: 50 }, 'whole number, 50 where it is not said'],
  [{ $ref: '#/components/schemas/Meals' }, 'Meals'],
])('%j is said as "%s"', (schema, words) => {
  expect(kindOf(schema)).toBe(words);
});

test('a word finds types by their names, what they are about and their fields', () => {
  expect(matching(types, ' AMOUNTML').map(({ name }) => name)).toContain('hydration-logs');
  expect(matching(types, 'sleep').map(({ name }) => name)).toContain('sleep-logs');
  expect(matching(types, '')).toEqual(types);
  expect(matching(types, 'no such word')).toEqual([]);
});
