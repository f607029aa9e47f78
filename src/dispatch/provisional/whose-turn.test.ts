import { expect, test } from 'vitest';
import { type TurnFacts, whoseTurn } from './whose-turn.ts';

const ALL = ['a', 'b', 'c'];
const facts = (more: Partial<TurnFacts> = {}): TurnFacts => ({
  nodeId: 'a',
  sosId: 'sos',
  hasStore: true,
  isOwn: false,
  isOvertaken: false,
  theirs: null,
  others: ['b', 'c'],
  isAlive: () => true,
  isSilent: () => false,
  hasTheStore: () => false,
  ...more,
});

test('who has the store decides, and asks nobody', () => {
  expect(whoseTurn(facts())).toBeNull();
  expect(whoseTurn(facts({ sosId: null }))).toBeNull();
});

test('a node that is cut off alone decides nothing that another one can decide with the store', () => {
  const cut = { hasStore: false, hasTheStore: (id: string) => id === 'c' };
  for (let i = 0; i < 50; i++) expect(whoseTurn(facts({ ...cut, sosId: `sos ${i}` }))).toBe('c');
  expect(whoseTurn(facts({ ...cut, sosId: null }))).toBe('c');
});

test('of those that have it each SOS has one, and one that does not answer is asked nothing', () => {
  const two = facts({ hasStore: false, hasTheStore: () => true });
  const turns = Array.from({ length: 50 }, (_, i) => whoseTurn({ ...two, sosId: `sos ${i}` }));
  expect(new Set(turns)).toEqual(new Set(['b', 'c']));
  for (let i = 0; i < 50; i++)
    expect(whoseTurn({ ...two, sosId: `sos ${i}`, isSilent: (id) => id === 'b' })).toBe('c');
});

test('when nobody has it all name the same one, and what begins is decided where it begins', () => {
  const hasStore = false;
  const decided = ALL.map((nodeId) => {
    const others = ALL.filter((id) => id !== nodeId);
    return whoseTurn(facts({ nodeId, others, hasStore })) ?? nodeId;
  });
  expect(new Set(decided).size).toBe(1);
  expect(whoseTurn(facts({ hasStore, sosId: null }))).toBeNull();
});

test('who has decided without it goes on until that is written, whoever has the store by then', () => {
  const hasTheStore = () => true;
  expect(whoseTurn(facts({ hasStore: false, hasTheStore, isOwn: true }))).toBeNull();
  expect(whoseTurn(facts({ theirs: 'b' }))).toBe('b');
  expect(whoseTurn(facts({ hasStore: false, hasTheStore, theirs: 'b' }))).toBe('b');
});

test('nobody waits for one that is gone, nor with the store for one that does not answer', () => {
  const isGone = { theirs: 'b', isAlive: () => false };
  expect(whoseTurn(facts(isGone))).toBeNull();
  const isSilent = (id: string) => id === 'b';
  expect(whoseTurn(facts({ theirs: 'b', isSilent }))).toBeNull();
  // Without the store nobody else can know what it has promised.
  expect(whoseTurn(facts({ theirs: 'b', isSilent, hasStore: false }))).toBe('b');
});

test('whoever was overtaken in the store decides nothing that somebody else can decide', () => {
  const overtaken = { hasStore: false, isOvertaken: true };
  for (let i = 0; i < 50; i++) expect(whoseTurn(facts({ ...overtaken, sosId: `sos ${i}` }))).not.toBeNull();
  expect(whoseTurn(facts({ ...overtaken, others: [] }))).toBeNull();
});
