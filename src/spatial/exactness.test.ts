import fc from 'fast-check';
import { cellToBoundary, cellToLatLng, getPentagons, gridDisk, latLngToCell } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { destination, distanceM, type LatLng } from '../geo/lat-lng.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { nearestByBruteForce, type PlacedResponder } from './brute-force.ts';
import { type NearestQuery, ResponderIndex } from './responder-index.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);
const ALL = { radiusM: Number.POSITIVE_INFINITY, skills: 0, flags: 0 };

type Draw = (random: Random) => LatLng;

const around =
  (centre: LatLng, sigmaM: number): Draw =>
  (random) =>
    destination(centre, random() * 360, sigmaM * Math.sqrt(-2 * Math.log(1 - random())));

const anywhere: Draw = (random) => ({
  lat: (Math.asin(2 * random() - 1) * 180) / Math.PI,
  lng: -180 + 360 * random(),
});

const pick = <T>(random: Random, choices: readonly [T, ...T[]]): T =>
  choices[Math.floor(random() * choices.length)] ?? choices[0];

const cities: Draw = (random) =>
  around(
    pick(random, [
      { lat: 52.52, lng: 13.4 },
      { lat: 52.4, lng: 13.06 },
      { lat: -1.29, lng: 36.82 },
    ]),
    6_000,
  )(random);

const fewPoints: Draw = (random) =>
  pick(random, [
    { lat: 48.2, lng: 16.37 },
    { lat: 48.2, lng: 16.37 },
    { lat: 48.2001, lng: 16.37 },
    { lat: 90, lng: 12 },
    { lat: 90, lng: -100 },
    { lat: 3, lng: 180 },
    { lat: 3, lng: -180 },
  ]);

const PLACES: Readonly<Record<string, Draw>> = {
  'gaussian cities': cities,
  'the whole globe': anywhere,
  'the north pole': around({ lat: 90, lng: 0 }, 20_000),
  'the south pole': around({ lat: -90, lng: 0 }, 20_000),
  'the antimeridian': around({ lat: -17, lng: 180 }, 20_000),
  'many at the same few points': fewPoints,
};

function drawResponder(i: number, draw: Draw, random: Random): PlacedResponder {
  const { lat, lng } = draw(random);
  return { id: `r${i}`, lat, lng, skills: Math.floor(random() * 8), flags: Math.floor(random() * 4) };
}

function drawQuery(draw: Draw, random: Random): NearestQuery {
  const { lat, lng } = random() < 0.9 ? draw(random) : anywhere(random);
  return {
    lat,
    lng,
    radiusM: pick(random, [0, 700, 5_000, 5_000, 40_000, 30_000_000, Number.POSITIVE_INFINITY]),
    limit: pick(random, [0, 1, 10, 10, 60, 2_000]),
    skills: pick(random, [0, 1, 3, 7]),
    anyOf: pick(random, [0, 0, 1, 4, 6]),
    flags: pick(random, [0, 1, 3]),
  };
}

function put(index: ResponderIndex, { id, lat, lng, skills, flags }: PlacedResponder): void {
  index.set(id, lat, lng);
  index.setTraits(id, skills, flags);
}

function nearestIds(index: ResponderIndex, query: NearestQuery): string[] {
  const found = index.nearest(query);
  return Array.from(found.slots.subarray(0, found.count), (slot) => index.idOf(slot));
}

function walkIds(index: ResponderIndex, query: NearestQuery): string[] {
  const ids: string[] = [];
  index.walk(query.lat, query.lng, query.radiusM, (slot) => ids.push(index.idOf(slot)) > 0);
  return ids;
}

/** 1 mm or a billionth; next to the antipode no arcsine is better than 0.3 m. */
function isSameDistance(actualM: number, expectedM: number): boolean {
  const toleranceM = expectedM > 20_015_080 ? 0.3 : Math.max(1e-3, expectedM * 1e-9);
  return Math.abs(actualM - expectedM) <= toleranceM;
}

function expectExact(
  index: ResponderIndex,
  responders: readonly PlacedResponder[],
  query: NearestQuery,
): void {
  expect(nearestIds(index, query)).toEqual(nearestByBruteForce(responders, query));
  const everybody = { ...query, limit: responders.length, skills: 0, flags: 0, anyOf: 0 };
  expect(walkIds(index, query)).toEqual(nearestByBruteForce(responders, everybody));
  const found = index.nearest(query);
  const measured = Array.from({ length: found.count }, (_, i) => {
    const at = index.positionOf(index.idOf(found.slots[i] ?? -1)) ?? query;
    return { answeredM: found.distancesM[i] ?? Number.NaN, trueM: distanceM(query, at) };
  });
  const isRight = ({ answeredM, trueM }: (typeof measured)[number]) =>
    isSameDistance(answeredM, trueM) && answeredM <= query.radiusM;
  expect(measured.filter((one) => !isRight(one))).toEqual([]);
}

function checkPlace(draw: Draw, numRuns: number): void {
  const scene = fc.record({
    seed: fc.integer(),
    count: fc.integer({ min: 0, max: 700 }),
    resolution: fc.constantFrom(5, 7, 8),
    eligibleFlags: fc.constantFrom(0, 1, 3),
  });
  fc.assert(
    fc.property(scene, ({ seed, count, resolution, eligibleFlags }) => {
      const random = seededRandom(seed);
      const responders = Array.from({ length: count }, (_, i) => drawResponder(i, draw, random));
      const index = new ResponderIndex({ resolution, eligibleFlags });
      for (const responder of responders) put(index, responder);
      expect(index.size).toBe(count);
      for (let i = 0; i < 12; i++) expectExact(index, responders, drawQuery(draw, random));
    }),
    { seed: SEED, numRuns },
  );
}

describe('the answer equals brute force, order and ties included', () => {
  for (const [place, draw] of Object.entries(PLACES)) test(`in ${place}`, () => checkPlace(draw, 25));

  for (const pentagon of getPentagons(7)) {
    const [lat, lng] = cellToLatLng(pentagon);
    test(`around pentagon ${pentagon}`, () => checkPlace(around({ lat, lng }, 9_000), 6));
  }

  test('among 200,000 in cities and all over the globe', () => {
    const random = seededRandom(SEED);
    const draw: Draw = (r) => (r() < 0.6 ? cities(r) : anywhere(r));
    const responders = Array.from({ length: 200_000 }, (_, i) => drawResponder(i, draw, random));
    const index = new ResponderIndex({ eligibleFlags: 3 });
    for (const responder of responders) put(index, responder);
    for (let i = 0; i < 12; i++) {
      const query = drawQuery(draw, random);
      expect(nearestIds(index, query)).toEqual(nearestByBruteForce(responders, query));
    }
    const nearby = { ...cities(random), radiusM: 3_000, limit: 200_000, skills: 0, flags: 0 };
    expect(walkIds(index, nearby)).toEqual(nearestByBruteForce(responders, nearby));
  });
});

describe('the bounds are tight', () => {
  const cells = [...getPentagons(7), ...gridDisk(latLngToCell(48.2, 16.37, 7), 1), latLngToCell(-17, 180, 7)];

  // The corner of a cell is the place that its lower bound allows for and nothing more.
  test('nobody in the far corner of a neighbouring cell is missed', () => {
    for (const cell of cells) {
      const [lat, lng] = cellToLatLng(cell);
      for (const [cornerLat, cornerLng] of cellToBoundary(cell)) {
        const corner = { lat: cornerLat, lng: cornerLng };
        for (const awayM of [1, 300, 900, 4_000]) expectCornerFirst({ lat, lng }, corner, awayM);
      }
    }
  });
});

/** Somebody just inside the corner, seen from `awayM` outside it, against somebody half a metre farther away. */
function expectCornerFirst(centre: LatLng, corner: LatLng, awayM: number): void {
  const outwardDeg = bearingDeg(centre, corner);
  const query = destination(corner, outwardDeg, awayM);
  const inside = destination(corner, outwardDeg + 180, 0.1);
  const beyond = destination(query, outwardDeg, awayM + 0.6);
  for (const fillers of [0, 200]) {
    const index = new ResponderIndex();
    index.set('beyond', beyond.lat, beyond.lng);
    index.set('inside', inside.lat, inside.lng);
    for (let i = 0; i < fillers; i++) index.set(`filler ${i}`, -40 + i * 0.2, 77);
    expect(nearestIds(index, { ...query, ...ALL, limit: 1 })).toEqual(['inside']);
    expect(walkIds(index, { ...query, ...ALL, radiusM: 9_000, limit: 2 })).toEqual(['inside', 'beyond']);
  }
}

function bearingDeg(from: LatLng, to: LatLng): number {
  const rad = Math.PI / 180;
  const dLng = (to.lng - from.lng) * rad;
  const y = Math.sin(dLng) * Math.cos(to.lat * rad);
  const x =
    Math.cos(from.lat * rad) * Math.sin(to.lat * rad) -
    Math.sin(from.lat * rad) * Math.cos(to.lat * rad) * Math.cos(dLng);
  return Math.atan2(y, x) / rad;
}

describe('the answer stays exact while everything moves', () => {
  test('after any sequence of placing, moving, changing traits and removing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...Object.values(PLACES)), (seed, draw) => {
        const random = seededRandom(seed);
        const index = new ResponderIndex({ eligibleFlags: 1, ringTableLimit: 300, emptyCellLimit: 40 });
        const model = new Map<string, PlacedResponder>();
        for (let step = 0; step < 1_500; step++) {
          change(index, model, draw, random);
          if (step % 100 === 99) expectExact(index, [...model.values()], drawQuery(draw, random));
        }
        expect(index.size).toBe(model.size);
        for (const known of model.values()) expectKnown(index, known);
      }),
      { seed: SEED, numRuns: 25 },
    );
  });
});

function change(
  index: ResponderIndex,
  model: Map<string, PlacedResponder>,
  draw: Draw,
  random: Random,
): void {
  const id = `r${Math.floor(random() * 300)}`;
  const known = model.get(id);
  const kind = random();
  if (known === undefined || kind < 0.15) {
    const { lat, lng } = draw(random);
    model.set(id, { id, lat, lng, skills: known?.skills ?? 0, flags: known?.flags ?? 0 });
    index.set(id, lat, lng);
  } else if (kind < 0.55) {
    const { lat, lng } = destination(known, random() * 360, random() * 1_500);
    model.set(id, { ...known, lat, lng });
    index.set(id, lat, lng);
  } else if (kind < 0.85) {
    const traits = { skills: Math.floor(random() * 8), flags: Math.floor(random() * 4) };
    model.set(id, { ...known, ...traits });
    index.setTraits(id, traits.skills, traits.flags);
  } else {
    model.delete(id);
    expect(index.remove(id)).toBe(true);
  }
}

function expectKnown(index: ResponderIndex, { id, lat, lng, skills, flags }: PlacedResponder): void {
  const slot = index.slotOf(id) ?? -1;
  expect(index.idOf(slot)).toBe(id);
  expect(index.positionOf(id)).toEqual({ lat, lng });
  expect([index.skillsOf(slot), index.flagsOf(slot)]).toEqual([skills, flags]);
}

describe('an empty index', () => {
  test('answers nobody', () => {
    const index = new ResponderIndex();
    expect(nearestIds(index, { lat: 1, lng: 2, limit: 5, ...ALL })).toEqual([]);
    expect(walkIds(index, { lat: 1, lng: 2, limit: 5, ...ALL })).toEqual([]);
  });
});
