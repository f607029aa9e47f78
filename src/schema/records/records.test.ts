import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../lib/package-root.ts';
import { RECORD_TYPES } from './all.ts';
import { dataModelDocument } from './document.ts';
import { columnOf } from './field.ts';
import { columnsOfSource, fieldOf, holderOf, isStandingColumn, namedIn, unmapped } from './mapping.ts';
import { openApi } from './openapi.ts';
import { HELD_ELSEWHERE, MENDED, PENDING, SOURCE_TABLES } from './sources.ts';

interface Document {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: {
    readonly [kind: string]: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
}

const document = openApi() as unknown as Document;

describe('the tables of the sources', () => {
  test.each(Object.keys(SOURCE_TABLES))('%s is held by one of ours, or said to be missing', (source) => {
    const held = [holderOf(source) !== undefined, source in HELD_ELSEWHERE, source in PENDING];
    expect(held.filter(Boolean)).toHaveLength(1);
  });

  test('nothing is said of a table that no source has', () => {
    const said = [
      ...Object.keys(HELD_ELSEWHERE),
      ...Object.keys(PENDING),
      ...Object.keys(MENDED),
      ...RECORD_TYPES.flatMap(({ sources }) => Object.keys(sources)),
    ];
    expect(said.filter((source) => !(source in SOURCE_TABLES))).toEqual([]);
    expect(Object.keys(SOURCE_TABLES)).toHaveLength(69);
  });

  test('every field of those that are held is somewhere', () => {
    expect(unmapped()).toEqual([]);
    for (const type of RECORD_TYPES)
      for (const source of Object.keys(type.sources)) {
        const said = Object.keys(type.sources[source] ?? {});
        expect(said.filter((name) => !columnsOfSource(source).includes(name))).toEqual([]);
        for (const name of said)
          for (const field of namedIn(fieldOf(type, source, name) ?? ''))
            expect(type.fields, `${source}.${name}`).toHaveProperty(field);
      }
  });
});

describe.each(RECORD_TYPES.map((type) => [type.name, type] as const))('%s', (_, type) => {
  test('names what it has', () => {
    const columns = Object.entries(type.fields).map(([name, field]) => columnOf(name, field));
    expect(new Set(columns).size).toBe(columns.length);
    expect(columns.filter(isStandingColumn)).toEqual([]);
    for (const column of columns) expect(column).toMatch(/^[a-z][a-z0-9_]{0,50}$/);
    expect(type.table).toMatch(/^[a-z]+\.[a-z_]{1,40}$/);
    const named = [
      ...Object.keys(type.filters),
      ...type.sorts.filter((sort) => sort !== 'createdAtMs'),
      ...(type.subject === null || type.subject === 'id' ? [] : [type.subject]),
      ...[type.at, type.author, type.signed, type.span?.from, type.span?.until, type.steps?.field],
      ...(type.hospital === 'id' ? [] : [type.hospital]),
      ...(type.decided?.fields ?? []),
      ...(type.parties ?? []),
    ].filter((name) => name !== undefined);
    for (const name of named) expect(type.fields).toHaveProperty(name);
  });

  test('is decided in steps that it has, and sent many at once by devices and no hospital', () => {
    const { steps = [], settled = [] } = type.decided ?? {};
    for (const step of [...steps, ...settled]) expect(type.steps?.to).toHaveProperty(step);
    expect(type.bulk && type.hospital !== undefined).toBeFalsy();
  });

  test('has an order that every record has a place in', () => {
    expect(type.sorts.length).toBeGreaterThan(0);
    for (const sort of type.sorts)
      if (sort !== 'createdAtMs') expect(type.fields[sort]?.nullable).toBe(false);
  });

  test('has steps for every value of its status, and for no other', () => {
    if (!type.steps) return;
    const { field, to } = type.steps;
    const values = [...(type.fields[field]?.values ?? [])].sort();
    expect(Object.keys(to).sort()).toEqual(values);
    expect(
      Object.values(to)
        .flat()
        .filter((step) => !values.includes(step)),
    ).toEqual([]);
    expect(type.fields[field]?.initial).toBe(Object.keys(to)[0]);
  });

  test('names instants and amounts by their units', () => {
    for (const [name, { sqlType, unit }] of Object.entries(type.fields)) {
      if (sqlType === 'timestamptz') expect(name).toMatch(/AtMs$/);
      if (sqlType === 'date') expect(name).toMatch(/On$|^dateOfBirth$/);
      if (unit && unit !== '1/min')
        expect(name.toLowerCase()).toMatch(new RegExp(`${unit.toLowerCase()}$|hours$`));
    }
  });

  test('stands in the OpenAPI document with an example that its schema takes', () => {
    const { paths, components } = document;
    expect(Object.keys(paths)).toContain(`/v1/records/${type.name}/{id}`);
    const named = type.name.replace(/(^|-)(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase());
    if (!type.verbs.includes('create')) return;
    const input = components.schemas[`${named}Input`];
    expect(z.fromJSONSchema(input as never).safeParse(type.example)).toMatchObject({ success: true });
  });
});

test('every $ref of the OpenAPI document leads somewhere, and every operation has a name of its own', () => {
  const text = JSON.stringify(document);
  const { components } = document;
  for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
    expect(components[kind]).toHaveProperty(name);
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(RECORD_TYPES.length * 3);
});

test('docs/data-model.md is as the declarations say', () => {
  expect(readFileSync(new URL('docs/data-model.md', packageRoot), 'utf8')).toBe(dataModelDocument());
});
