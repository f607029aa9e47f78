import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  dated,
  hashOf,
  NO_HASH,
  SUBJECTS_MAX,
  subjectsOf,
  weightOf,
} from './audit-entry.ts';

const uuidOf = (n: number) => `018f0000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const ID = uuidOf(1);
const read: AuditEntry = {
  actorId: uuidOf(2),
  grants: ['dispatcher'],
  action: 'read',
  resourceKind: 'position',
  purpose: 'dispatch',
  outcome: 'allowed',
};
const of = (more: Partial<AuditEntry>) => dated({ ...read, ...more }, ID, 1_700_000_000_000);
const hash = (more: Partial<AuditEntry>) => hashOf(of(more), ID, 7, NO_HASH).toString('hex');

/** Texts with what a database does not take as it is: lone surrogates, NUL, too much of it. */
const odd = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('\0', '\ud83d', '\ude91', '\u{1f691}'),
    ),
    {
      maxLength: 600,
    },
  )
  .map((parts) => parts.join(''));

describe('an entry', () => {
  test('has its texts as UTF-8 carries them, cut to 500 code units and without NUL', () => {
    fc.assert(
      fc.property(odd, (text) => {
        const carried = Buffer.from(text.replaceAll('\0', '').slice(0, 500), 'utf8').toString('utf8');
        expect(of({ reason: text }).reason).toBe(carried);
        expect(of({ grants: [text] }).grants).toEqual([carried]);
      }),
    );
    expect(of({ reason: `${'x'.repeat(499)}\u{1f691}` }).reason).toBe(`${'x'.repeat(499)}\ufffd`);
  });

  test('about nobody or one person has the hash that it had before there were entries about many', () => {
    expect(hash({})).toBe('36742722651da8df8487d1ad4735c9bb311e7779ee9eb56fa7ed5e51f5c874e0');
    expect(hash({ subjectUserId: uuidOf(3) })).toBe(
      'e468f8255181eca972a92e5a964e4d6925a9b2dc0f6d9a31297155bc120b5779',
    );
    expect(hash({ subjectUserIds: [uuidOf(3)] })).toBe(hash({ subjectUserId: uuidOf(3) }));
  });

  test('about many has the hash that it had before there were entries about many SOS', () => {
    expect(hash({ subjectUserIds: [uuidOf(3), uuidOf(4)] })).toBe(
      '5e5da7c50bfbf32377ca916d19e3a22531ecb68ac3369f014211227db51b4cdb',
    );
  });

  test('about many has another hash with anybody more, less, or else', () => {
    const people = fc.uniqueArray(fc.nat(40), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(people, people, (some, others) => {
        const [one, two] = [some, others].map((ns) => hash({ subjectUserIds: ns.map(uuidOf) }));
        expect(one === two).toBe(some.join() === others.join());
      }),
    );
  });

  test('about many in SOS has another hash with any of these else, and with none, and one alone as ever', () => {
    const subjectUserIds = [3, 4, 5].map(uuidOf);
    expect(hash({ subjectUserIds })).toBe(hash({ subjectUserIds, resourceIds: null }));
    const sos = fc.array(fc.nat(3).map(String), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(sos, sos, (some, others) => {
        const [one, two] = [some, others].map((resourceIds) => hash({ subjectUserIds, resourceIds }));
        expect(one === two).toBe(some.join() === others.join());
        expect(one).not.toBe(hash({ subjectUserIds, resourceId: some[0] }));
        expect(one).not.toBe(hash({ subjectUserIds }));
      }),
    );
    expect(hash({ subjectUserIds: [uuidOf(3)], resourceIds: ['a'] })).toBe(
      hash({ subjectUserId: uuidOf(3), resourceId: 'a' }),
    );
  });

  test('keeps to each their SOS when another of them has no id', () => {
    const subjectUserIds = ['x', uuidOf(4), uuidOf(5)];
    expect(of({ subjectUserIds, resourceIds: ['a', 'b', 'c\0'] })).toMatchObject({
      subjectUserIds: [uuidOf(4), uuidOf(5)],
      resourceIds: ['b', 'c'],
      resourceId: null,
    });
    expect(of({ subjectUserIds: subjectUserIds.slice(0, 2), resourceIds: ['a', 'b'] })).toMatchObject({
      subjectUserId: uuidOf(4),
      resourceId: 'b',
      resourceIds: null,
    });
    expect(of({ subjectUserIds, resourceId: 'whole' })).toMatchObject({
      resourceId: 'whole',
      resourceIds: null,
    });
  });

  test('names those whose ids are some, and one alone as before', () => {
    expect(of({ subjectUserIds: [uuidOf(3), "'; drop", uuidOf(4)] })).toMatchObject({
      subjectUserId: null,
      subjectUserIds: [uuidOf(3), uuidOf(4)],
    });
    expect(of({ subjectUserIds: ['x', uuidOf(4)] })).toMatchObject({
      subjectUserId: uuidOf(4),
      subjectUserIds: null,
    });
    expect(of({ subjectUserIds: [] })).toMatchObject({ subjectUserId: null, subjectUserIds: null });
  });

  test('weighs as much as people whom it is about, and never nothing', () => {
    expect([{}, { subjectUserId: ID }, { subjectUserIds: [ID, ID, ID] }].map(weightOf)).toEqual([1, 1, 3]);
    expect(subjectsOf({ subjectUserId: ID })).toEqual([ID]);
    expect(SUBJECTS_MAX).toBe(500);
  });
});
