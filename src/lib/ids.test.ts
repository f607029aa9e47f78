import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUuid, uuidV7Floor, uuidV7Maker, uuidV7Ms } from './ids.ts';
import { seededRandom } from './random.ts';

const LAST_MS = 2 ** 48 - 1;
const anInstant = fc.integer({ min: 0, max: LAST_MS - 10_000 });

describe('a maker of UUIDv7', () => {
  test('rises strictly, whatever the clock does', () => {
    const clockReadings = fc.array(anInstant, { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(clockReadings, fc.integer(), (readings, seed) => {
        let atMs = 0;
        const make = uuidV7Maker(() => atMs, seededRandom(seed));
        const ids = readings.map((reading) => {
          atMs = reading;
          return make();
        });
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });

  test('rises strictly through more ids than one millisecond has numbers for', () => {
    const make = uuidV7Maker(() => 1_750_000_000_000, seededRandom(1));
    const ids = Array.from({ length: 3 * 4096 + 5 }, make);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(uuidV7Ms(ids.at(-1) ?? '')).toBe(1_750_000_000_003);
  });

  test('writes version 7 and the RFC variant, at the ends of chance too', () => {
    const least = 0;
    const most = 1 - Number.EPSILON / 2;
    fc.assert(
      fc.property(anInstant, fc.constantFrom(least, 0.25, 0.5, most), (atMs, chance) => {
        const id = uuidV7Maker(
          () => atMs,
          () => chance,
        )();
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(isUuid(id)).toBe(true);
      }),
    );
  });

  test('tells two makers of the same instant apart', () => {
    const at = () => 1_750_000_000_000;
    expect(uuidV7Maker(at, seededRandom(1))()).not.toBe(uuidV7Maker(at, seededRandom(2))());
  });

  test('takes a clock with fractions of a millisecond', () => {
    expect(uuidV7Ms(uuidV7Maker(() => 12.75, seededRandom(1))())).toBe(12);
  });
});

describe('the instant in an id', () => {
  test('comes back as it went in', () => {
    fc.assert(
      fc.property(anInstant, fc.integer(), (atMs, seed) => {
        expect(uuidV7Ms(uuidV7Maker(() => atMs, seededRandom(seed))())).toBe(atMs);
        expect(uuidV7Ms(uuidV7Floor(atMs))).toBe(atMs);
      }),
    );
  });

  test('has a floor: not above any id of that instant, above every id before it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LAST_MS - 1 }), fc.integer(), (atMs, seed) => {
        const random = seededRandom(seed);
        expect(uuidV7Floor(atMs) <= uuidV7Maker(() => atMs, random)()).toBe(true);
        expect(uuidV7Floor(atMs) > uuidV7Maker(() => atMs - 1, random)()).toBe(true);
        expect(isUuid(uuidV7Floor(atMs))).toBe(true);
      }),
    );
  });
});

describe('a UUID', () => {
  test('of any version is one, in lower case with four dashes', () => {
    expect(isUuid('00000000-0000-0000-0000-000000000000')).toBe(true);
    expect(isUuid('f47ac10b-58cc-4372-a567-0e02b2c3d479')).toBe(true);
  });

  test.each([
    '',
    'F47AC10B-58CC-4372-A567-0E02B2C3D479',
    'f47ac10b58cc4372a5670e02b2c3d479',
    'f47ac10b-58cc-4372-a567-0e02b2c3d47',
    'f47ac10b-58cc-4372-a567-0e02b2c3d4790',
    'g47ac10b-58cc-4372-a567-0e02b2c3d479',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479\n',
  ])('is not %j', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
