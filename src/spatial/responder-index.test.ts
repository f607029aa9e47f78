import { describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { seededRandom } from '../lib/random.ts';
import { emptyResult } from './query.ts';
import { ResponderIndex } from './responder-index.ts';

const VIENNA = { lat: 48.2082, lng: 16.3738 };
const NEAR_VIENNA = { ...VIENNA, radiusM: 50_000, limit: 10, skills: 0, flags: 0 };

function idsOf(index: ResponderIndex, query = NEAR_VIENNA): string[] {
  const { slots, count } = index.nearest(query);
  return Array.from(slots.subarray(0, count), (slot) => index.idOf(slot));
}

function indexAt(distancesM: Readonly<Record<string, number>>): ResponderIndex {
  const index = new ResponderIndex();
  for (const [id, meters] of Object.entries(distancesM)) {
    const { lat, lng } = destination(VIENNA, 70, meters);
    index.set(id, lat, lng);
  }
  return index;
}

describe('nearest', () => {
  test('the nearest comes first, with its distance', () => {
    const index = indexAt({ far: 9_000, near: 120, middle: 2_500 });
    expect(idsOf(index)).toEqual(['near', 'middle', 'far']);
    const { distancesM } = index.nearest(NEAR_VIENNA);
    expect(distancesM[0]).toBeCloseTo(120, 3);
    expect(distancesM[2]).toBeCloseTo(9_000, 3);
  });

  test('who is beyond the radius or the limit is left out', () => {
    const index = indexAt({ a: 100, b: 200, c: 300, d: 60_000 });
    expect(idsOf(index)).toEqual(['a', 'b', 'c']);
    expect(idsOf(index, { ...NEAR_VIENNA, limit: 2 })).toEqual(['a', 'b']);
    expect(idsOf(index, { ...NEAR_VIENNA, limit: 0 })).toEqual([]);
  });

  test('ties go by id, whatever the order of arrival', () => {
    expect(idsOf(indexAt({ b: 500, a10: 500, a9: 500, a: 500 }))).toEqual(['a', 'a10', 'a9', 'b']);
  });

  test('every bit asked for is required, the highest included', () => {
    const index = indexAt({ both: 300, skillOnly: 200, flagOnly: 100 });
    index.setTraits('both', 0x8000_0001, 0xffff_ffff);
    index.setTraits('skillOnly', 0x8000_0001, 0);
    index.setTraits('flagOnly', 1, 0x8000_0000);
    expect(idsOf(index, { ...NEAR_VIENNA, skills: 0x8000_0000 })).toEqual(['skillOnly', 'both']);
    expect(idsOf(index, { ...NEAR_VIENNA, skills: 0x8000_0001, flags: 0x8000_0000 })).toEqual(['both']);
    const slot = index.slotOf('both') ?? -1;
    expect([index.skillsOf(slot), index.flagsOf(slot)]).toEqual([0x8000_0001, 0xffff_ffff]);
  });

  test('a given result is reused and grows when it is short', () => {
    const index = indexAt({ a: 100, b: 200, c: 300 });
    const out = emptyResult(1);
    expect(index.nearest(NEAR_VIENNA, out)).toBe(out);
    expect(out.count).toBe(3);
    const { slots } = out;
    index.nearest({ ...NEAR_VIENNA, limit: 1 }, out);
    expect(out.count).toBe(1);
    expect(out.slots).toBe(slots);
  });
});

describe('set and remove', () => {
  test('a slot stays the same while its responder moves, near and far', () => {
    const index = indexAt({ a: 0, b: 10 });
    const slot = index.slotOf('a');
    expect(index.set('a', 48.3, 16.4)).toBe(slot);
    expect(index.set('a', -89.9, 0)).toBe(slot);
    expect(index.positionOf('a')).toEqual({ lat: -89.9, lng: 0 });
    expect(idsOf(index)).toEqual(['b']);
  });

  test('traits stay when a responder moves', () => {
    const index = new ResponderIndex({ eligibleFlags: 1 });
    const slot = index.set('a', 10, 10);
    index.setTraits('a', 5, 3);
    index.set('a', 48.2, 16.37);
    expect([index.skillsOf(slot), index.flagsOf(slot)]).toEqual([5, 3]);
  });

  test('the slot of a removed responder is given to the next', () => {
    const index = indexAt({ a: 100, b: 200 });
    const slot = index.slotOf('a');
    index.remove('a');
    expect(index.set('c', 0, 0)).toBe(slot);
    expect(index.set('d', 0, 0)).toBe(2);
  });

  test('an id that was removed comes back without its traits', () => {
    const index = indexAt({ a: 100, b: 200 });
    index.setTraits('a', 7, 7);
    expect(index.remove('a')).toBe(true);
    expect(index.remove('a')).toBe(false);
    expect([index.size, index.slotOf('a'), index.positionOf('a')]).toEqual([1, undefined, undefined]);
    const slot = index.set('a', VIENNA.lat, VIENNA.lng);
    expect([index.skillsOf(slot), index.flagsOf(slot)]).toEqual([0, 0]);
    expect(idsOf(index)).toEqual(['a', 'b']);
  });
});

describe('walk', () => {
  test('goes outward until told to stop', () => {
    const index = indexAt({ c: 3_000, a: 1_000, d: 4_000, b: 2_000 });
    const seen: [string, number][] = [];
    index.walk(VIENNA.lat, VIENNA.lng, 50_000, (slot, meters) => {
      seen.push([index.idOf(slot), Math.round(meters)]);
      return seen.length < 3;
    });
    expect(seen).toEqual([
      ['a', 1_000],
      ['b', 2_000],
      ['c', 3_000],
    ]);
  });

  test('a visitor that searches or changes the index is refused, and the index goes on', () => {
    const index = indexAt({ a: 100 });
    const misuses = [
      () => index.nearest(NEAR_VIENNA),
      () => index.walk(0, 0, 1, () => true),
      () => index.set('b', 0, 0),
      () => index.setTraits('a', 0, 0),
      () => index.remove('a'),
    ];
    for (const misuse of misuses) {
      const visit = () => {
        misuse();
        return true;
      };
      expect(() => index.walk(VIENNA.lat, VIENNA.lng, 1_000, visit)).toThrow('visitor');
      expect(idsOf(index)).toEqual(['a']);
    }
  });
});

describe('programming errors', () => {
  test('coordinates out of range, bad masks, radii, limits and unknown ids are refused', () => {
    const index = indexAt({ a: 100 });
    for (const [lat, lng] of [
      [91, 0],
      [0, 181],
      [Number.NaN, 0],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => index.set('x', lat, lng)).toThrow('in range');
      expect(() => index.nearest({ ...NEAR_VIENNA, lat, lng })).toThrow('in range');
      expect(() => index.walk(lat, lng, 1, () => true)).toThrow('in range');
    }
    expect(() => index.nearest({ ...NEAR_VIENNA, radiusM: Number.NaN })).toThrow('radius');
    expect(() => index.nearest({ ...NEAR_VIENNA, radiusM: -1 })).toThrow('radius');
    expect(() => index.nearest({ ...NEAR_VIENNA, limit: 1.5 })).toThrow('limit');
    expect(() => index.nearest({ ...NEAR_VIENNA, skills: 2 ** 32 })).toThrow('32 bits');
    expect(() => index.setTraits('a', 0.5, 0)).toThrow('32 bits');
    expect(() => index.setTraits('nobody', 0, 0)).toThrow('known responder');
    expect(() => index.idOf(99)).toThrow('slot in use');
    expect([index.size, idsOf(index)]).toEqual([1, ['a']]);
  });
});

describe('memory', () => {
  test('ring tables and empty cells are forgotten over their limits, and answers stay right', () => {
    const index = new ResponderIndex({ ringTableLimit: 500, emptyCellLimit: 100 });
    const random = seededRandom(7);
    for (let i = 0; i < 300; i++) {
      const { lat, lng } = destination(VIENNA, random() * 360, random() * 60_000);
      index.set(`r${i}`, lat, lng);
    }
    let most = 0;
    for (let i = 0; i < 300; i++) {
      const at = destination(VIENNA, random() * 360, random() * 60_000);
      expect(index.nearest({ ...NEAR_VIENNA, ...at }).count).toBe(10);
      most = Math.max(most, index.memory.ringTableInts, index.memory.emptyCells);
    }
    // One query may go over the limit before the next one forgets.
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThan(600);
  });

  test('a responder who travels leaves a bounded number of empty cells', () => {
    const index = new ResponderIndex({ emptyCellLimit: 50 });
    for (let i = 0; i < 1_000; i++) index.set('traveller', -80 + i * 0.16, 20);
    expect(index.memory.emptyCells).toBeLessThanOrEqual(51);
    expect(index.positionOf('traveller')?.lat).toBeCloseTo(79.84, 9);
  });
});
