import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fakes } from './fakes.ts';
import { masked } from './mask-value.ts';

const fakes = new Fakes(Buffer.from('a seed of the tests'));

describe('a fake', () => {
  test('is the same for the same value and seed, and another for another seed', () => {
    const other = new Fakes(Buffer.from('another seed'));
    expect(fakes.email(' Anna@Example.org')).toBe(fakes.email('anna@example.org'));
    expect(fakes.phone('+41 44 555 01 00')).toBe(fakes.phone('+41445550100'));
    expect(fakes.email('anna@example.org')).not.toBe(other.email('anna@example.org'));
    expect(fakes.name('Anna Keller')).toBe(`${fakes.firstName('Anna')} ${fakes.lastName('Keller')}`);
  });

  test('of words fits where the words stood', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (value) => {
        const { length } = fakes.words(value);
        expect(length).toBeGreaterThanOrEqual(10);
        expect(length).toBeLessThanOrEqual(Math.max(10, value.length));
      }),
    );
  });

  test('of a birthday is a day of the same five years', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }),
        (date) => {
          const day = date.toISOString().slice(0, 10);
          const fake = fakes.birthday(day);
          expect(Number.isNaN(Date.parse(fake))).toBe(false);
          expect(Math.floor(Number(fake.slice(0, 4)) / 5)).toBe(Math.floor(Number(day.slice(0, 4)) / 5));
        },
      ),
    );
  });

  test('of a place is on this earth, also at the poles and at the date line', () => {
    const coordinates = {
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lng: fc.double({ min: -180, max: 180, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(coordinates), fc.uuid(), (point, person) => {
        const { lat, lng } = fakes.place(person, point);
        expect(Math.abs(lat)).toBeLessThanOrEqual(90);
        expect(lng).toBeGreaterThanOrEqual(-180);
        expect(lng).toBeLessThan(180);
      }),
    );
  });
});

test('in an event kinds, ids, cells and numbers stay, and every other text goes', () => {
  const id = '018f0000-0000-7000-8000-0000000000a1';
  const event = {
    offerId: id,
    reason: 'filled',
    cell: '871fb4662ffffff',
    waves: [1, 2],
    more: { text: 'Anna is here' },
  };
  const is = JSON.parse(masked(fakes, 'event', JSON.stringify(event), id) ?? '');
  expect(is).toEqual({ ...event, more: { text: expect.not.stringContaining('Anna') } });
  expect(masked(fakes, 'words', null, id)).toBeNull();
});
