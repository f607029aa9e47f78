import { expect, test } from 'vitest';
import type { LogEvent } from './fanout/types.ts';
import { must } from './lib/assert.ts';
import { ManualClock } from './lib/clock.ts';
import { withRecords } from './node-records.ts';
import { catalogueStream } from './records/writing.ts';
import { recordType } from './schema/records/all.ts';
import type { Db } from './store/db.ts';

const PERSON = '00000000-0000-4000-8000-000000000001';
const STREAM = `record:${PERSON}`;
const viewer = (userId: string) => ({ userId, isDispatcher: false, grants: ['professional'] });

/** A person for whom `team` cares, of whom `head` events are in the log. */
function follow(team: readonly string[], head: number) {
  const db = {
    query: async ({ name }: { name: string }) =>
      name === 'journal_bounds'
        ? [{ low: 1, head }]
        : [{ user_id: PERSON, patient_id: null, self: true, own_patient: false, care_team: false, team }],
  } as unknown as Db;
  const around = {} as Parameters<typeof withRecords>[0];
  return withRecords(around, db, new ManualClock()).entitlement;
}

const event = (seq: number, team: readonly string[]): LogEvent => ({
  stream: STREAM,
  seq,
  atMs: seq,
  actorId: null,
  type: 'record.created',
  data: { type: 'hydration-logs', records: [{ recordId: 'r', version: 1 }], audience: [PERSON, ...team] },
});
const HIDDEN = { type: null, records: [] };

test('whoever joined since an old event goes on following, and is not shown it', async () => {
  const entitlement = follow(['joined'], 5);
  await entitlement.prepare(STREAM, 0);
  expect(entitlement.project(viewer('joined'), event(1, ['left']))?.data).toEqual(HIDDEN);
  expect(entitlement.mayRead(viewer('joined'), STREAM)).toBe(true);
});

test('whoever has left does not get in because somebody reads an old event', async () => {
  const entitlement = follow([], 5);
  await entitlement.prepare(STREAM, 0);
  entitlement.project(viewer(PERSON), event(1, ['left']));
  await entitlement.prepare(STREAM, 0);
  expect(entitlement.mayRead(viewer('left'), STREAM)).toBe(false);
});

test('a new event says who may follow from then on', async () => {
  const entitlement = follow(['leaves'], 5);
  await entitlement.prepare(STREAM, 0);
  expect(entitlement.mayRead(viewer('leaves'), STREAM)).toBe(true);
  expect(entitlement.project(viewer('leaves'), event(6, []))?.data).toEqual(HIDDEN);
  expect(entitlement.mayRead(viewer('leaves'), STREAM)).toBe(false);
});

test.each([
  ['hospital-resources', [], true],
  ['payment-config', ['professional'], false],
  ['payment-config', ['admin'], true],
  ['resource-audit-log', ['hospital_authority'], false],
])('changes of %s are followed with the grants %j: %s', (name, grants, expected) => {
  const stream = `record:${catalogueStream(must(recordType(name), name))}`;
  const { mayRead } = follow([], 0);
  expect(mayRead({ userId: 'somebody', isDispatcher: false, grants }, stream)).toBe(expected);
});
