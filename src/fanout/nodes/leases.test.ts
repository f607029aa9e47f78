import { expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { LEASE_MS, Leases } from './leases.ts';

function world() {
  const clock = new ManualClock();
  const leases = new Leases(clock, 'own');
  const told: string[] = [];
  leases.onCame((nodeId) => told.push(`came ${nodeId}`));
  leases.onGone((nodeId) => told.push(`gone ${nodeId}`));
  return { clock, leases, told };
}

test('a node is gone ten seconds after its last beat, however old the word of it was', () => {
  const { clock, leases, told } = world();
  leases.heard(new Map([['a', 4_000]]));
  expect(leases.others()).toEqual(['a']);
  clock.advance(LEASE_MS - 4_000 - 1);
  expect(leases.isAlive('a')).toBe(true);
  expect(told).toEqual(['came a']);
  clock.advance(1);
  // Told at that moment: the next beat that would look is up to three seconds later.
  expect(leases.isAlive('a')).toBe(false);
  expect(told).toEqual(['came a', 'gone a']);
});

test('an older word does not shorten a lease, and one beyond it gives none', () => {
  const { clock, leases, told } = world();
  leases.heard(new Map([['a', 0]]));
  leases.heard(
    new Map([
      ['a', 9_000],
      ['b', LEASE_MS],
    ]),
  );
  clock.advance(9_000);
  expect(leases.others()).toEqual(['a']);
  expect(told).toEqual(['came a']);
});

test('one that comes back is told of again, and this node itself always lives', () => {
  const { clock, leases, told } = world();
  leases.heard(new Map([['a', 0]]));
  clock.advance(LEASE_MS);
  leases.heard(
    new Map([
      ['a', 0],
      ['own', 9_999],
    ]),
  );
  expect(told).toEqual(['came a', 'gone a', 'came a']);
  expect(leases.isAlive('own')).toBe(true);
});
