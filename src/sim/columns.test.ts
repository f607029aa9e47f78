import { describe, expect, test } from 'vitest';
import { callWords } from './call-types.ts';
import { locateColumns, parseColumns } from './columns.ts';
import { CALLS_COLUMNS } from './csv-calls.ts';

describe('column maps', () => {
  test('names may hold blanks and slashes', () => {
    const columns = parseColumns('id=Call Number, receivedAt=Received DtTm,lat=Y/N,lon=X', CALLS_COLUMNS);
    expect(columns.get('id')).toBe('Call Number');
    expect(columns.get('lat')).toBe('Y/N');
  });

  test.each([
    ['id=Call', /--calls-columns has to map id, receivedAt, location; or id, receivedAt, lat, lon/],
    ['id=Call,receivedAt=T,location=L,colour=C', /maps "colour", which is none of/],
    ['id', /"id" does not fit/],
    ['id=', /"id=" does not fit/],
  ])('%j is refused', (text, sentence) => {
    expect(() => parseColumns(text, CALLS_COLUMNS)).toThrow(sentence);
  });

  test('a field is found whatever the order of the columns', () => {
    const columns = parseColumns('id=A,receivedAt=B,location=C', CALLS_COLUMNS);
    expect([...locateColumns(columns, ['C', 'X', 'A', 'B'], 'f.csv')]).toEqual([
      ['id', 2],
      ['receivedAt', 3],
      ['location', 0],
    ]);
  });
});

describe('words of a calls file', () => {
  test('unknown words become OTHER and MEDIUM', () => {
    const words = callWords();
    expect([words.type('Medical Incident'), words.type('?')]).toEqual(['MEDICAL', 'OTHER']);
    expect([words.priority('E'), words.priority('?')]).toEqual(['CRITICAL', 'MEDIUM']);
  });

  test('another city brings its own', () => {
    const words = callWords('Brand=FIRE', '1=CRITICAL');
    expect([words.type('Brand'), words.priority('1')]).toEqual(['FIRE', 'CRITICAL']);
    expect(() => callWords('Brand=HOT')).toThrow(/--calls-types: "HOT" is none of MEDICAL/);
  });
});
