import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { recordType } from '../schema/records/all.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import type { Answered, AnyView, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};

let store: TestStore;
let on: RecordsStage;
let second: Viewer;
beforeAll(async () => {
  store = await openTestStore('postgres');
  on = await recordsStage(store.db);
  second = await on.somebody('professional');
  await on.ask(
    `insert into care.care_team (id, patient_id, user_id, role) values (gen_random_uuid(), $1, $2, 'doctor')`,
    [on.patientId, second.userId],
  );
});
afterAll(() => store?.stop());

type Said = Readonly<Record<string, unknown>>;
const send = (by: Viewer, said: Said) =>
  on.records.create(by, 'messages', { patientId: on.patientId, body: 'How are you?', ...said });
const change = (by: Viewer, { id, version }: AnyView, said: Said) =>
  on.records.change(by, 'messages', id, { version, change: said });
const idsOf = async (by: Viewer, query: Record<string, string> = {}) =>
  value(await on.records.list(by, 'messages', query)).records.map(({ id }) => id);

describe('messages', () => {
  test('are found by the two they are between, and by nobody else who cares for the patient', async () => {
    const sent = value(await send(on.patient, { recipientId: on.nurse.userId }));
    expect(sent).toMatchObject({ senderId: on.patient.userId, threadId: sent.id, isRead: false });
    expect(await idsOf(on.patient)).toContain(sent.id);
    for (const query of [{}, { of: on.patientId }, { recipientId: on.nurse.userId }])
      expect(await idsOf(on.nurse, query as Record<string, string>)).toContain(sent.id);
    expect(await idsOf(second, { of: on.patientId })).toEqual([]);
    expect(await on.records.read(second, 'messages', sent.id)).toMatchObject({ code: 'not_found' });
    expect(await on.records.history(second, 'messages', sent.id)).toMatchObject({ code: 'not_found' });
    expect(on.published.at(-1)?.data).toMatchObject({
      parties: expect.arrayContaining([on.patient.userId, on.nurse.userId]),
    });
  });

  test('go from the patient to somebody who cares for them or back, in the name of whoever writes', async () => {
    const refusals = [
      [on.nurse, { recipientId: second.userId }, 'recipientId (patient)'],
      [on.patient, { recipientId: on.stranger.userId }, 'recipientId (care_team)'],
      [on.patient, { recipientId: on.patient.userId }, 'recipientId (other)'],
      [on.nurse, { recipientId: on.patient.userId, senderId: second.userId }, 'senderId (author)'],
      [on.nurse, { recipientId: on.patient.userId, readAtMs: 1 }, 'readAtMs (recipient)'],
    ] as const;
    for (const [by, said, detail] of refusals)
      expect(await send(by, said)).toMatchObject({
        code: 'bad_request',
        detail: expect.stringContaining(detail),
      });
    expect(await send(on.stranger, { recipientId: on.patient.userId })).toMatchObject({ code: 'not_found' });
  });

  test('an answer stands in the thread of what it answers, between the same two', async () => {
    const first = value(await send(on.patient, { recipientId: on.nurse.userId }));
    const answer = value(await send(on.nurse, { recipientId: on.patient.userId, replyToId: first.id }));
    const third = value(await send(on.patient, { recipientId: on.nurse.userId, replyToId: answer.id }));
    expect(await idsOf(on.patient, { threadId: first.id })).toEqual([third.id, answer.id, first.id]);
    expect(await send(second, { recipientId: on.patient.userId, replyToId: first.id })).toMatchObject({
      detail: 'replyToId (reference): there is no such record of this person',
    });
  });

  test('are said to be read once, by whom they are for, and stay as they were from then on', async () => {
    const sent = value(await send(on.nurse, { recipientId: on.patient.userId }));
    const readAtMs = Date.now();
    expect(await change(on.nurse, sent, { readAtMs })).toMatchObject({ code: 'bad_request' });
    expect(await change(on.patient, sent, { body: 'Fine' })).toMatchObject({
      detail: 'body (author): is corrected by whoever wrote it',
    });
    expect(await idsOf(on.patient, { isRead: 'false' })).toContain(sent.id);
    const corrected = value(await change(on.nurse, sent, { body: 'How are you today?' }));
    const read = value(await change(on.patient, corrected, { readAtMs }));
    expect(read).toMatchObject({ readAtMs, isRead: true, body: 'How are you today?' });
    expect(await idsOf(on.patient, { isRead: 'false' })).not.toContain(sent.id);
    expect(await change(on.nurse, read, { body: 'Other words' })).toMatchObject({
      detail: 'body (read): what was read is not corrected any more',
    });
    expect(await change(on.patient, read, { readAtMs: null })).toMatchObject({ code: 'bad_request' });
  });

  test('are taken back by whoever wrote them, not by whom they are for', async () => {
    const { id, version } = value(await send(on.nurse, { recipientId: on.patient.userId }));
    const back = { version, reason: 'to the wrong person' };
    expect(await on.records.remove(on.patient, 'messages', id, back)).toMatchObject({ code: 'not_found' });
    value(await on.records.remove(on.nurse, 'messages', id, back));
    expect(await idsOf(on.patient)).not.toContain(id);
  });
});

describe('the hours of professionals', () => {
  const hours = async (more: Said, by = on.nurse) => {
    const said = await on.body(must(recordType('doctor-schedules'), 'hours'));
    const body = { ...said, dayOfWeek: 5, breakStart: null, breakEnd: null, ...more };
    return on.records.create(by, 'doctor-schedules', body);
  };

  test('of one professional never overlap on a day; their own are theirs to say, or the staff’s', async () => {
    value(await hours({ startTime: '08:00', endTime: '12:00' }));
    value(await hours({ startTime: '12:00', endTime: '16:00' }));
    expect(await hours({ startTime: '11:59', endTime: '12:30' })).toMatchObject({ code: 'time_taken' });
    value(await hours({ startTime: '11:59', endTime: '12:30', dayOfWeek: 6 }));
    expect(await hours({ dayOfWeek: 4 }, second)).toMatchObject({ code: 'forbidden' });
    value(await hours({ dayOfWeek: 4 }, await on.somebody('staff')));
    const own = value(await hours({ dayOfWeek: 3 }));
    const given = { version: own.version, change: { doctorId: second.userId } };
    expect(await on.records.change(on.nurse, 'doctor-schedules', own.id, given)).toMatchObject({
      code: 'bad_request',
    });
    const { records } = value(
      await on.records.list(await on.somebody('patient'), 'doctor-schedules', {
        doctorId: on.nurse.userId,
        dayOfWeek: '5',
      }),
    );
    expect(records.map(({ startTime }) => startTime).sort()).toEqual(['08:00', '12:00']);
  });

  test('have a break that lies inside them and has both ends', async () => {
    const day = { dayOfWeek: 2, startTime: '08:00', endTime: '16:00' };
    for (const [breakStart, breakEnd] of [
      ['07:30', '08:30'],
      ['15:30', '16:30'],
      ['12:30', '12:00'],
      ['12:00', null],
    ])
      expect(await hours({ ...day, breakStart, breakEnd })).toMatchObject({ code: 'bad_request' });
    value(await hours({ ...day, breakStart: '12:00', breakEnd: '12:45' }));
  });
});
