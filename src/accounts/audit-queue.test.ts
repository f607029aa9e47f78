import { expect, test } from 'vitest';
import { type DatedEntry, dated } from './audit-entry.ts';
import { AuditQueue } from './audit-queue.ts';

const uuidOf = (n: number) => `018f0000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** About so many people. */
const about = (people: number, id = '') =>
  dated(
    {
      actorId: null,
      grants: [],
      action: 'read',
      resourceKind: 'position',
      outcome: 'allowed',
      subjectUserIds: Array.from({ length: people }, (_, n) => uuidOf(n)),
    },
    id,
    0,
  );
const idsOf = (entries: readonly DatedEntry[]) => entries.map(({ id }) => id);

test('entries come out in their order, so many or about so many people at once', () => {
  const queue = new AuditQueue();
  for (const [n, people] of [1, 300, 300, 0, 1, 700, 2].entries()) queue.push(about(people, `${n}`));
  expect([queue.length, queue.weight]).toEqual([7, 1_305]);
  expect(idsOf(queue.take(50, 602))).toEqual(['0', '1', '2', '3']);
  expect([queue.length, queue.weight]).toEqual([3, 703]);
  expect(idsOf(queue.take(1, 602))).toEqual(['4']);
  // One that is about more than goes at once goes alone.
  expect(idsOf(queue.take(50, 602))).toEqual(['5']);
  expect(idsOf(queue.take(50, 602))).toEqual(['6']);
  expect([queue.take(50, 602), queue.length, queue.weight]).toEqual([[], 0, 0]);
});

test('what is put back comes first, and weighs what it did', () => {
  const queue = new AuditQueue();
  for (const id of ['a', 'b', 'c']) queue.push(about(2, id));
  queue.putBack(queue.take(2, 100));
  expect(queue.weight).toBe(6);
  expect(idsOf(queue.take(50, 100))).toEqual(['a', 'b', 'c']);
});
