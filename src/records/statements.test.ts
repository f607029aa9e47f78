import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { type AnyRecordType, RECORD_TYPES, recordType } from '../schema/records/all.ts';
import { filterNames, parseQuery } from './query.ts';
import { listStatement } from './statements.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const appointments = must(recordType('appointments'), 'appointments');

const statementOf = (type: AnyRecordType, query: Readonly<Record<string, string>>, party: string | null) => {
  const asked = parseQuery(type, query);
  if (!asked.ok) throw new Error(asked.detail);
  return listStatement(type, asked.value, { subjects: [ID], party, viewerId: ID }).statement;
};

test('what is asked all the time is prepared, what somebody puts together is not; both are counted as one', () => {
  const usual = statementOf(appointments, {}, null);
  const one = statementOf(appointments, { status: 'scheduled' }, null);
  const two = statementOf(appointments, { status: 'scheduled', doctorId: ID }, null);
  const party = statementOf(appointments, { status: 'scheduled', as: 'party' }, ID);
  for (const { name } of [usual, one, two, party]) expect(name).toBe('records_appointments_list');
  expect(usual.preparedAs).toMatch(/^records_appointments_list_/);
  expect(one.preparedAs).not.toBe(usual.preparedAs);
  expect([two, party].map(({ preparedAs }) => preparedAs)).toEqual([null, null]);
});

test('of another order nothing is prepared', () => {
  const type = must(
    RECORD_TYPES.find(({ sorts }) => sorts.length > 1),
    'a type with two orders',
  );
  const [usual = '', other = ''] = type.sorts;
  expect(statementOf(type, { sort: `-${usual}` }, null).preparedAs).not.toBeNull();
  expect(statementOf(type, { sort: `-${other}` }, null).preparedAs).toBeNull();
});

test.each(RECORD_TYPES.map((type) => [type.name, type] as const))(
  'of %s not more than two dozen are prepared for each shape of a list',
  (_, type) => {
    const alone = filterNames(type).length + (type.search ? 1 : 0) + (type.parties ? 1 : 0);
    expect(1 + alone).toBeLessThanOrEqual(24);
  },
);

test('of many people a page of each is read by the index, not all that they have', () => {
  const asked = parseQuery(appointments, {});
  if (!asked.ok) throw new Error(asked.detail);
  const { statement, params } = listStatement(appointments, asked.value, {
    subjects: [ID, ID],
    party: null,
    viewerId: ID,
  });
  expect(statement.text).toMatch(
    /unnest\(\$1::uuid\[\]\).*lateral \(select .* limit (\$\d)::integer\) t .* limit \1/s,
  );
  expect(params).toEqual([[ID, ID], 51]);
});
