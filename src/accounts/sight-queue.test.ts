import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { type AuditEntry, subjectsOf } from './audit-entry.ts';
import { type SightOfMany, SightQueue } from './sight-queue.ts';

const SIGHT: SightOfMany = {
  actorId: 'd',
  grants: ['dispatcher'],
  action: 'read',
  resourceKind: 'position',
  outcome: 'allowed',
};

function stage() {
  const clock = new ManualClock();
  const log = { waiting: 0, taken: [] as AuditEntry[] };
  let timers = 0;
  const queue = new SightQueue({
    waitingInLog: () => log.waiting,
    record: (sight) => log.taken.push(sight),
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (ms, run) => {
        timers += 1;
        return clock.after(ms, run);
      },
    },
  });
  const push = (n: number) => queue.push({ ...SIGHT, subjectUserId: `${n}` });
  const gather = (n: number, key = 'd') => queue.gather(key, { ...SIGHT, actorId: key }, `${n}`);
  const inSos = (n: number, sosId: string) => queue.gather('d/sos', SIGHT, `${n}`, sosId);
  const people = () => log.taken.flatMap(subjectsOf);
  return { clock, log, queue, push, gather, inSos, people, timers: () => timers };
}
const upTo = (max: number) => Array.from({ length: max }, (_, n) => `${n}`);

test('a sight alone is handed on at once', () => {
  const { log, push, queue, timers } = stage();
  for (let n = 0; n < 300; n++) push(n);
  expect(log.taken).toHaveLength(300);
  expect([queue.size, timers()]).toEqual([0, 0]);
});

test('those of a map are together in entries of up to 500, after a second at most', () => {
  const { clock, log, gather, people, queue, timers } = stage();
  for (let n = 0; n < 20_000; n++) gather(n);
  expect(log.taken).toHaveLength(40);
  for (let n = 20_000; n < 20_312; n++) gather(n);
  clock.advance(999);
  expect([log.taken.length, queue.size]).toEqual([40, 312]);
  clock.advance(1);
  expect([log.taken.length, queue.size]).toEqual([41, 0]);
  expect(people()).toEqual(upTo(20_312));
  clock.advance(10_000);
  expect(timers()).toBe(1);
});

test('two who look, or look for two reasons, are never in one entry, and one who was seen alone is named alone', () => {
  const { clock, log, gather } = stage();
  for (const [n, key] of [...'ababa'].entries()) gather(n, key);
  gather(9, 'c');
  clock.advance(1_000);
  const named = log.taken.map((entry) => `${entry.actorId} ${subjectsOf(entry)}`);
  expect(named).toEqual(['a 0,2,4', 'b 1,3', 'c 9']);
  expect(log.taken[2]).toMatchObject({ ...SIGHT, actorId: 'c', subjectUserId: '9' });
});

test('those in SOS are together, each with theirs; one alone is said as ever, and nobody twice in one', () => {
  const { clock, log, inSos, gather, queue } = stage();
  for (const [n, sosId] of [...'abc'].entries()) inSos(n, sosId);
  gather(5);
  inSos(1, 'd');
  expect(queue.size).toBe(5);
  clock.advance(1_000);
  expect(
    log.taken.map(({ resourceId, resourceIds, ...of }) => [subjectsOf(of), resourceIds ?? resourceId]),
  ).toEqual([
    [
      ['0', '1', '2'],
      ['a', 'b', 'c'],
    ],
    [['5'], undefined],
    [['1'], 'd'],
  ]);
});

test('of those who were gathered nobody is said to be seen before they were', () => {
  const { clock, log, inSos } = stage();
  const startMs = clock.nowMs();
  inSos(1, 'a');
  clock.advance(600);
  inSos(2, 'b');
  clock.advance(400);
  expect(log.taken).toMatchObject([{ subjectUserIds: ['1', '2'], atMs: startMs + 600 }]);
});

test('a sight is of the moment in which it was seen, however long it waits for the log', () => {
  const { clock, log, push, gather } = stage();
  const seenAtMs = clock.nowMs();
  log.waiting = 10_000;
  push(1);
  gather(2);
  clock.advance(1_800_000);
  log.waiting = 0;
  clock.advance(100);
  expect(log.taken.map(({ atMs }) => atMs)).toEqual([seenAtMs, seenAtMs]);
});

test('while the log is busy with others they wait, looked after by two timers however many they are', () => {
  const { clock, log, push, gather, people, timers } = stage();
  log.waiting = 10_000;
  for (let n = 0; n < 2_500; n++) push(n);
  for (let n = 2_500; n < 5_000; n++) gather(n);
  clock.advance(1_000);
  expect(log.taken).toEqual([]);
  expect(timers()).toBe(12);
  log.waiting = 9_999;
  clock.advance(100);
  expect(people()).toEqual(upTo(5_000));
});

test('no more entries wait than have room, and at the end everything goes that the log can hold', () => {
  const { log, queue, push, gather, people } = stage();
  log.waiting = 10_000;
  expect(upTo(100_000).every((n) => push(Number(n)))).toBe(true);
  expect([push(0), gather(0)]).toEqual([false, false]);
  queue.flush();
  expect([queue.size, people().length]).toEqual([0, 100_000]);
  log.waiting = 90_000;
  push(1);
  gather(2);
  queue.flush();
  expect(queue.size).toBe(2);
});

test('nor more people, however few entries they are', () => {
  const { clock, log, queue, push, gather, people } = stage();
  log.waiting = 10_000;
  expect(upTo(499_999).every((n) => gather(Number(n)))).toBe(true);
  expect(queue.push({ ...SIGHT, subjectUserIds: ['a', 'b'] })).toBe(false);
  expect(push(499_999)).toBe(true);
  expect([push(0), gather(0)]).toEqual([false, false]);
  log.waiting = 0;
  clock.advance(1_000);
  expect([queue.size, people().length, log.taken.length]).toEqual([0, 500_000, 1_001]);
  expect(gather(0)).toBe(true);
});
