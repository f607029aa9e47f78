import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { NOT_THERE, UuidTable } from '../lib/uuid-table.ts';
import type { BusMessage } from './bus.ts';
import {
  decodeEnvelope,
  decodePerson,
  encodeEnvelope,
  encodeMessage,
  encodePerson,
  messagesIn,
} from './bus-codec.ts';
import { PackedPeople, type PersonRow } from './packed-people.ts';

const packr = new Packr({ useRecords: false, moreTypes: false });
const uuidOf = (n: number) => `0197a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const ROWS: readonly PersonRow[] = [
  {
    userId: uuidOf(1),
    version: 1,
    connections: 2,
    point: { lat: -0.1, lng: 179.999_999_9 },
    locatedAtMs: 1.8e12,
  },
  { userId: uuidOf(2), version: 2 ** 40, connections: 0, point: null, locatedAtMs: null },
];

const over = (...messages: readonly Uint8Array[]) =>
  messagesIn(must(decodeEnvelope(encodeEnvelope('node', 7, messages)), 'an envelope')) ?? [];
const rowsOf = (message: BusMessage | undefined) => (message?.[0] === 'people' ? [...message[1]] : null);

test('rows of people come over as they were, one by one and all together', () => {
  const [message] = over(encodeMessage(['people', PackedPeople.of(ROWS)]));
  expect(rowsOf(message)).toEqual(ROWS);
  const rows = message?.[0] === 'people' ? message[1] : PackedPeople.of([]);
  expect([rows.length, rows.at(1), rows.at(2), rows.at(-1)]).toEqual([2, ROWS[1], undefined, undefined]);
  const handles = new UuidTable();
  handles.set(uuidOf(2), 7);
  expect([rows.handleAt(0, handles), rows.handleAt(1, handles)]).toEqual([NOT_THERE, 7]);
  expect([rows.versionAt(1), rows.connectionsAt(0), rows.latAt(0), rows.lngAt(0)]).toEqual([
    2 ** 40,
    2,
    -0.1,
    179.999_999_9,
  ]);
  expect([rows.locatedAtMsAt(0), rows.locatedAtMsAt(1), rows.latAt(1)]).toEqual([
    1.8e12,
    Number.NaN,
    Number.NaN,
  ]);
  expect(over(encodeMessage(['people', PackedPeople.of([])])).map(rowsOf)).toEqual([[]]);
  for (const row of ROWS) expect(decodePerson(encodePerson(row))).toEqual(row);
});

test('what is not of this form is nothing, and keeps no other message of its envelope back', () => {
  const wrong = [
    ['people', [['a', 1, 1, 2, 3, 4]]],
    ['people', new Uint8Array(55)],
    ['people', ['a'], new Uint8Array(56)],
    ['people', 'a'],
    ['people'],
  ].map((message) => packr.pack(message));
  expect(over(...wrong, encodeMessage(['look', 'accounts']))).toEqual([['look', 'accounts']]);
  expect(decodePerson(new Uint8Array([0xc1]))).toBeNull();
  expect(messagesIn({ fromNodeId: 'node', seq: 7, messages: [new Uint8Array([0x92])] })).toBeNull();
});
