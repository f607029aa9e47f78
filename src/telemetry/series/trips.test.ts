import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination, distanceM, type LatLng } from '../../geo/lat-lng.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { seededRandom } from '../../lib/random.ts';
import { TRIP_RULES, TripFinder, type TripFix, tripsOf } from './trips.ts';

const HOME = { lat: 47.05, lng: 7.03 };
const START_MS = 1_750_000_000_000;
const MINUTE_MS = 60_000;

/** A person who is told where to go, with a receiver that wanders by up to `jitterM`. */
class Walker {
  readonly fixes: TripFix[] = [];
  #at: LatLng;
  #nowMs = START_MS;
  readonly #random = seededRandom(7);
  readonly #jitterM: number;

  constructor(at: LatLng = HOME, jitterM = 12) {
    this.#at = at;
    this.#jitterM = jitterM;
  }

  stay(minutes: number, everyMs = 20_000): this {
    for (let ms = 0; ms <= minutes * MINUTE_MS; ms += everyMs) this.#fix(everyMs);
    return this;
  }

  go(bearingDeg: number, meters: number, speedMps = 8, everyMs = 10_000): this {
    const stepM = (speedMps * everyMs) / 1_000;
    for (let gone = 0; gone < meters; gone += stepM) {
      this.#at = destination(this.#at, bearingDeg, Math.min(stepM, meters - gone));
      this.#fix(everyMs);
    }
    return this;
  }

  /** Silence, with the phone somewhere else after it. */
  silent(minutes: number, bearingDeg = 0, meters = 0): this {
    this.#nowMs += minutes * MINUTE_MS;
    this.#at = destination(this.#at, bearingDeg, meters);
    return this;
  }

  outlier(meters: number): this {
    this.#nowMs += 10_000;
    this.fixes.push({ ...destination(this.#at, 45, meters), atMs: this.#nowMs, accuracyM: 20 });
    return this;
  }

  #fix(everyMs: number): void {
    this.#nowMs += everyMs;
    const point = destination(this.#at, this.#random() * 360, this.#random() * this.#jitterM);
    this.fixes.push({ ...point, atMs: this.#nowMs, accuracyM: this.#jitterM });
  }
}

const kindsOf = (fixes: readonly TripFix[]) => tripsOf(fixes).map(({ kind }) => kind);

describe('a track', () => {
  test('from one visit to the next is a stop, a trip and a stop', () => {
    const { fixes } = new Walker().stay(20).go(90, 4_000).stay(30);
    const [home, trip, there, ...rest] = tripsOf(fixes);
    expect(rest).toEqual([]);
    if (home?.kind !== 'stop' || trip?.kind !== 'trip' || there?.kind !== 'stop')
      throw new Error('other kinds');
    expect(distanceM(home.center, HOME)).toBeLessThan(10);
    expect(distanceM(there.center, destination(HOME, 90, 4_000))).toBeLessThan(10);
    expect(trip.distanceM).toBeGreaterThan(3_950);
    expect(trip.distanceM).toBeLessThan(4_150);
    expect(trip.endedBy).toBe('stop');
    expect(trip.startAtMs).toBe(home.endAtMs);
    expect(trip.endAtMs).toBe(there.startAtMs);
  });

  test('of a phone that lies still and wanders for a day is one stop', () => {
    const { fixes } = new Walker(HOME, 35).stay(24 * 60);
    expect(kindsOf(fixes)).toEqual(['stop']);
  });

  test('with single fixes elsewhere is not cut by them', () => {
    const walker = new Walker();
    for (let i = 0; i < 10; i++) walker.stay(3).outlier(400);
    expect(kindsOf(walker.stay(3).fixes)).toEqual(['stop']);
  });

  test('with two fixes across the street and back is one stop, a walk around the block is not', () => {
    expect(kindsOf(new Walker().stay(20).outlier(90).outlier(90).stay(20).fixes)).toEqual(['stop']);
    const block = new Walker().stay(20).go(0, 300).go(90, 300).go(180, 300).go(270, 300).stay(20).fixes;
    expect(kindsOf(block)).toEqual(['stop', 'trip', 'stop']);
  });

  test('over red lights is one trip', () => {
    const walker = new Walker();
    for (let i = 0; i < 6; i++) walker.go(90, 700).stay(1.5);
    expect(kindsOf(walker.fixes)).toEqual(['trip']);
  });

  test('that falls silent and goes on elsewhere ends there; one that goes on at the same place does not', () => {
    const broken = tripsOf(new Walker().go(90, 3_000).silent(40, 90, 30_000).go(90, 3_000).fixes);
    expect(broken.map((one) => one.kind === 'trip' && one.endedBy)).toEqual(['gap', 'end']);
    expect(kindsOf(new Walker().stay(10).silent(600).stay(10).fixes)).toEqual(['stop']);
  });

  test('over the antimeridian is as long as it is', () => {
    const { fixes } = new Walker({ lat: -17, lng: 179.99 }).stay(10).go(90, 5_000).stay(10);
    const trip = tripsOf(fixes)[1];
    expect(trip?.kind === 'trip' && trip.distanceM).toBeGreaterThan(4_900);
    expect(trip?.kind === 'trip' && trip.distanceM).toBeLessThan(5_200);
  });

  test('is told piece by piece as it comes in', () => {
    const { fixes } = new Walker().stay(20).go(90, 4_000).stay(30).go(0, 2_000).stay(20);
    const finder = new TripFinder();
    const pieces = fixes.flatMap((fix) => {
      finder.take(fix);
      return finder.drain();
    });
    expect(pieces.length).toBeGreaterThan(0);
    expect([...pieces, ...finder.end()]).toEqual(tripsOf(fixes));
  });
});

/** A tour of the kinds of things that people do. */
const tour = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('stay' as const), minutes: fc.integer({ min: 1, max: 30 }) }),
    fc.record({
      do: fc.constant('go' as const),
      bearing: fc.integer({ min: 0, max: 359 }),
      meters: fc.integer({ min: 50, max: 5_000 }),
    }),
    fc.record({
      do: fc.constant('silent' as const),
      minutes: fc.integer({ min: 1, max: 60 }),
      meters: fc.integer({ min: 0, max: 20_000 }),
    }),
    fc.record({ do: fc.constant('outlier' as const), meters: fc.integer({ min: 100, max: 3_000 }) }),
  ),
  { maxLength: 12 },
);

test('whatever somebody does, what is found is in order, does not overlap, and is no longer than the track', () => {
  fc.assert(
    fc.property(tour, (acts) => {
      const walker = new Walker();
      for (const act of acts) {
        if (act.do === 'stay') walker.stay(act.minutes);
        else if (act.do === 'go') walker.go(act.bearing, act.meters);
        else if (act.do === 'silent') walker.silent(act.minutes, 90, act.meters);
        else walker.outlier(act.meters);
      }
      checkFound(walker.fixes);
    }),
  );
});

test('fixes from anywhere at any time break nothing', () => {
  const anywhere = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lng: fc.double({ min: -180, max: 180, noNaN: true }),
    afterMs: fc.integer({ min: 0, max: 3_000_000 }),
    accuracyM: fc.option(fc.double({ min: 0, max: 500, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(anywhere, { maxLength: 60 }), (rows) => {
      let atMs = START_MS;
      const fixes = rows.map(({ afterMs, ...fix }) => {
        atMs += afterMs;
        return { ...fix, atMs };
      });
      checkFound(fixes);
    }),
  );
});

function checkFound(fixes: readonly TripFix[]): void {
  const found = tripsOf(fixes);
  const lengthM = fixes.slice(1).reduce((sum, fix, i) => sum + distanceM(fixes[i] ?? fix, fix), 0);
  let atMs = fixes[0]?.atMs ?? 0;
  let wayM = 0;
  for (const one of found) {
    expect(one.startAtMs).toBeGreaterThanOrEqual(atMs);
    expect(one.endAtMs).toBeGreaterThanOrEqual(one.startAtMs);
    atMs = one.endAtMs;
    if (one.kind === 'stop') expect(one.endAtMs - one.startAtMs).toBeGreaterThanOrEqual(TRIP_RULES.stopMinMs);
    else {
      expect(one.distanceM).toBeGreaterThanOrEqual(distanceM(one.from, one.to) * (1 - 1e-9) - 1e-6);
      wayM += one.distanceM;
    }
  }
  expect(atMs).toBeLessThanOrEqual(fixes.at(-1)?.atMs ?? 0);
  // A trip begins and ends in the middle of a stop, which need not be a fix.
  expect(wayM).toBeLessThanOrEqual(lengthM + 2 * TRIP_RULES.stopRadiusM * found.length + 1e-6);
}

const CABS = new URL('../shared/data/gps/sf_cabs_2008-05-21_100cabs.csv', packageRoot);
const PHONE = new URL('../shared/data/gps/phone_posmo.csv', packageRoot);

test.skipIf(!existsSync(CABS))(
  'a day of a hundred recorded cabs holds together, and every cab went somewhere',
  () => {
    const byCab = new Map<string, TripFix[]>();
    for (const line of readFileSync(CABS, 'utf8').trim().split('\n').slice(1)) {
      const [at = '', cab = '', lat = '', lng = ''] = line.split(',');
      const fixes = byCab.get(cab) ?? [];
      byCab.set(cab, fixes);
      fixes.push({ atMs: Number(at) * 1_000, lat: Number(lat), lng: Number(lng), accuracyM: null });
    }
    expect(byCab.size).toBe(100);
    for (const fixes of byCab.values()) {
      fixes.sort((a, b) => a.atMs - b.atMs);
      checkFound(fixes);
      expect(kindsOf(fixes)).toContain('trip');
    }
  },
);

test.skipIf(!existsSync(PHONE))('a recorded hour in a train is one trip', () => {
  const fixes = readFileSync(PHONE, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, lng, lat, accuracy, at = ''] = line.split(';');
      const accuracyM = Number(accuracy) || null;
      return {
        atMs: Date.parse(`${at.replace(' ', 'T').slice(0, 23)}Z`),
        lat: Number(lat),
        lng: Number(lng),
        accuracyM,
      };
    })
    .sort((a, b) => a.atMs - b.atMs);
  checkFound(fixes);
  expect(kindsOf(fixes)).toEqual(['trip']);
});
