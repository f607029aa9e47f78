import { expect, test } from 'vitest';
import { type Coming, friendsOf } from './friends.ts';

const comes = (responderId: string, name: string | null): Coming => ({
  sosId: 's',
  responderId,
  name,
  at: null,
});
const tids = (...names: (string | null)[]) =>
  friendsOf(names.map((name, i) => comes(`r${i}`, name))).map(({ tid }) => tid);

test('everybody has two characters of their own, of their name where there is one', () => {
  expect(tids('Ada Lovelace', 'Bo', 'Émile du Châtelet', 'X', '李 小龙')).toEqual([
    'AL',
    'BO',
    'ÉC',
    'X1',
    '李小',
  ]);
  expect(tids('Ada Lovelace', 'Alan Lee', 'Anna Li')).toEqual(['AL', 'A1', 'A2']);
  expect(tids(null, '', '🚑')).toEqual(['H1', 'H2', 'H3']);
});

test('their topic stays the same as long as the SOS is open, says nothing of who they are, and is another next time', () => {
  const [first] = friendsOf([comes('r1', 'Ada')]);
  const [, again] = friendsOf([comes('r2', 'Bo'), comes('r1', 'Ada')]);
  expect(again?.topic).toBe(first?.topic);
  expect(first?.topic).not.toContain('r1');
  expect(friendsOf([{ ...comes('r1', 'Ada'), sosId: 't' }])[0]?.topic).not.toBe(first?.topic);
});
