import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import type { BusMessage, PersonRow } from './bus.ts';
import {
  decodeEnvelope,
  decodePerson,
  encodeEnvelope,
  encodeMessage,
  encodePerson,
  messagesIn,
} from './bus-codec.ts';

const packr = new Packr({ useRecords: false, moreTypes: false });
const ROWS: readonly PersonRow[] = [
  { userId: 'a', version: 1, connections: 2, point: { lat: -0.1, lng: 179.999_999_9 }, locatedAtMs: 1.8e12 },
  { userId: 'b', version: 2 ** 40, connections: 0, point: null, locatedAtMs: null },
];

const over = (...messages: readonly Uint8Array[]) =>
  messagesIn(must(decodeEnvelope(encodeEnvelope('node', 7, messages)), 'an envelope')) ?? [];
const rowsOf = (message: BusMessage | undefined) => (message?.[0] === 'people' ? [...message[1]] : null);

test('rows of people come over as they were, one by one and all together', () => {
  const [message] = over(encodeMessage(['people', ROWS]));
  expect(rowsOf(message)).toEqual(ROWS);
  const rows = message?.[0] === 'people' ? message[1] : [];
  expect([rows.length, rows.at(1), rows.at(2)]).toEqual([2, ROWS[1], undefined]);
  expect(over(encodeMessage(['people', []])).map(rowsOf)).toEqual([[]]);
  for (const row of ROWS) expect(decodePerson(encodePerson(row))).toEqual(row);
});

test('what is not of this form is nothing, and keeps no other message of its envelope back', () => {
  const wrong = [
    ['people', [['a', 1, 1, 2, 3, 4]]],
    ['people', ['a'], new Uint8Array(39)],
    ['people', ['a', 'b'], new Uint8Array(40)],
    ['people', [5], new Uint8Array(40)],
    ['people', 'a', new Uint8Array(40)],
    ['people'],
  ].map((message) => packr.pack(message));
  expect(over(...wrong, encodeMessage(['look', 'accounts']))).toEqual([['look', 'accounts']]);
  expect(decodePerson(new Uint8Array([0xc1]))).toBeNull();
  expect(messagesIn({ fromNodeId: 'node', seq: 7, messages: [new Uint8Array([0x92])] })).toBeNull();
});
