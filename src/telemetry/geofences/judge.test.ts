import fc from 'fast-check';
import { cellToBoundary, latLngToCell } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { destination, type LatLng } from '../../geo/lat-lng.ts';
import { seededRandom } from '../../lib/random.ts';
import { isActive } from './active.ts';
import type { FenceShape } from './fence.ts';
import { changeOf, type Judged, judge, type Standing } from './judge.ts';
import { type Place, placeOf, type Side, sideOf } from './place.ts';

const HOME: LatLng = { lat: 47.05, lng: 7.03 };

const placeIn = (shape: FenceShape): Place => {
  const place = placeOf(shape);
  if (!place.ok) throw new Error(place.detail);
  return place.value;
};

/** A square of 400 m around home, as GeoJSON. */
const square = (): FenceShape => {
  const corners = [45, 135, 225, 315, 45].map((bearing) => destination(HOME, bearing, 283));
  return { type: 'Polygon', coordinates: [corners.map(({ lat, lng }) => [lng, lat])] };
};
const CELL = latLngToCell(HOME.lat, HOME.lng, 9);

/** Three shapes whose border lies about this far east of home. */
const SHAPES: readonly (readonly [string, FenceShape, number])[] = [
  ['a circle', { center: HOME, radiusM: 200 }, 200],
  ['a polygon', square(), 200],
  ['an H3 cell', { cells: [CELL] }, 0],
];

/** Walks a person through fixes as a node does, with the store answering at once. */
class Walk {
  standing: Standing = { side: null, doubt: null };
  readonly crossings: Side[] = [];
  nowMs = 1_750_000_000_000;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  fix(point: LatLng, accuracyM: number | null = 10, afterMs = 10_000): this {
    this.nowMs += afterMs;
    this.#settle(judge(this.standing, sideOf(this.#place, { ...point, accuracyM }), this.nowMs));
    return this;
  }

  silence(ms: number): this {
    this.nowMs += ms;
    const change = changeOf(this.standing, this.nowMs);
    this.#settle({ standing: this.standing, change });
    return this;
  }

  #settle({ standing, change }: Judged): void {
    if (change && this.standing.side !== null) this.crossings.push(change.side);
    this.standing = change ? { side: change.side, doubt: null } : standing;
  }
}

const at = (eastM: number) => destination(HOME, 90, eastM);

describe.each(SHAPES)('%s', (_, shape, borderM) => {
  const place = placeIn(shape);
  const farM = borderM === 0 ? 1_000 : borderM + 300;

  test('is entered and left by somebody who walks through it, once each', () => {
    const walk = new Walk(place);
    for (let eastM = -farM; eastM <= farM; eastM += 15) walk.fix(at(eastM));
    expect(walk.crossings).toEqual(['in', 'out']);
  });

  test('is not left by a receiver that wanders, wherever in it its owner is', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, part) => {
        const random = seededRandom(seed);
        const edge = borderM === 0 ? borderOf(CELL) : at(borderM);
        const spot = {
          lat: HOME.lat + (edge.lat - HOME.lat) * part,
          lng: HOME.lng + (edge.lng - HOME.lng) * part,
        };
        const walk = new Walk(place).fix(HOME);
        for (let i = 0; i < 200; i++) walk.fix(destination(spot, random() * 360, random() * 20), 20);
        expect(walk.crossings).toEqual([]);
      }),
    );
  });

  test('is not left or entered by one fix that lies elsewhere', () => {
    const walk = new Walk(place).fix(HOME);
    for (let i = 0; i < 20; i++) walk.fix(at(farM)).fix(HOME);
    expect(walk.crossings).toEqual([]);
    const away = new Walk(place).fix(at(farM));
    for (let i = 0; i < 20; i++) away.fix(HOME).fix(at(farM));
    expect(away.crossings).toEqual([]);
  });

  test('is left by one fix after which there is silence', () => {
    const walk = new Walk(place).fix(HOME).fix(at(farM)).silence(59_000);
    expect(walk.crossings).toEqual([]);
    expect(walk.silence(1_000).crossings).toEqual(['out']);
  });

  test('is neither left nor entered by fixes that could be on either side', () => {
    const walk = new Walk(place).fix(HOME);
    for (let i = 0; i < 20; i++) walk.fix(at(farM), farM * 2);
    expect(walk.crossings).toEqual([]);
    const away = new Walk(place).fix(at(farM));
    for (let i = 0; i < 20; i++) away.fix(HOME, farM * 3);
    expect(away.crossings).toEqual([]);
  });

  test('tells nothing of where somebody is when it is made', () => {
    expect(new Walk(place).fix(HOME).fix(HOME).crossings).toEqual([]);
    expect(new Walk(place).fix(at(farM)).fix(at(farM)).crossings).toEqual([]);
  });
});

/** The middle of an edge of a cell. */
function borderOf(cell: string): LatLng {
  const [[lat1 = 0, lng1 = 0] = [], [lat2 = 0, lng2 = 0] = []] = cellToBoundary(cell);
  return { lat: (lat1 + lat2) / 2, lng: (lng1 + lng2) / 2 };
}

test('a shape that a masked copy has lost, and one that is none, are no place', () => {
  expect(placeOf({} as FenceShape)).toMatchObject({ ok: false });
  expect(placeOf({ cells: [] })).toMatchObject({ ok: false });
});

test('whatever the fixes are, crossings alternate, and none comes from a single fix in a stream of others', () => {
  const place = placeIn({ center: HOME, radiusM: 150 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -600, max: 600 }), fc.option(fc.integer({ min: 0, max: 400 }))), {
        maxLength: 80,
      }),
      (steps) => {
        const walk = new Walk(place);
        for (const [eastM, accuracyM] of steps) walk.fix(at(eastM), accuracyM);
        walk.crossings.forEach((side, i) => {
          if (i > 0) expect(side).not.toBe(walk.crossings[i - 1]);
        });
      },
    ),
  );
});

describe('active times', () => {
  const nights = {
    timezone: 'Europe/Zurich',
    windows: [{ weekday: 5, fromMin: 22 * 60, toMin: 6 * 60 }],
  };

  test.each([
    ['2026-11-27T21:30:00Z', true],
    ['2026-11-27T20:59:00Z', false],
    ['2026-11-28T04:59:00Z', true],
    ['2026-11-28T05:00:00Z', false],
    ['2026-11-28T21:30:00Z', false],
    // Daylight saving time: two hours ahead of UTC.
    ['2026-07-10T20:00:00Z', true],
    ['2026-07-11T04:00:00Z', false],
  ])('from ten on Friday evening to six, at %s: %s', (iso, expected) => {
    expect(isActive(nights, Date.parse(iso))).toBe(expected);
  });

  test('are always where there are none', () => {
    expect(isActive(null, 0)).toBe(true);
  });
});
