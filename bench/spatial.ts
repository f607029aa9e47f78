import { around } from 'geokdbush';
import KDBush from 'kdbush';
import { destination, distanceM, EARTH_RADIUS_M, type LatLng } from '../src/geo/lat-lng.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { type NearestResult, ResponderIndex } from '../src/spatial/responder-index.ts';
import type { BenchReport } from './bench.ts';
import { cityPoints } from './cities.ts';
import { alternate, median, perSecond } from './measure.ts';

const SEED = 20_261_121;
const RADIUS_M = 5_000;
const LIMIT = 10;
const MOVE_M = 20;
// geokdbush has an earth of its own.
const GEOKDBUSH_RADIUS_KM = (RADIUS_M / EARTH_RADIUS_M) * 6_371;
const LEAST_RATIO = 3;

const AVAILABLE = 1;
const VERIFIED = 2;
const COMMON_SKILL = 1;
const RARE_SKILL = 2;
const ELIGIBLE = AVAILABLE | VERIFIED;

export interface SpatialBenchSize {
  readonly points: number;
  readonly cities: number;
  readonly queries: number;
  readonly rounds: number;
  readonly roundMs: number;
}

const FULL_SIZE: SpatialBenchSize = { points: 100_000, cities: 10, queries: 5_000, rounds: 7, roundMs: 400 };

interface City {
  readonly points: readonly LatLng[];
  readonly skills: Uint32Array;
  readonly flags: Uint32Array;
  readonly queries: readonly LatLng[];
}

/** Half of the points are available, verified and have the common skill; one in a hundred has the rare one. */
function drawCity(size: SpatialBenchSize, random: Random): City {
  const draw = cityPoints(size.cities, random);
  const points = Array.from({ length: size.points }, draw);
  const skills = new Uint32Array(size.points);
  const flags = new Uint32Array(size.points);
  for (let i = 0; i < size.points; i++) {
    const isEligible = random() < 0.5;
    const isRare = random() < 0.02;
    flags[i] = isEligible ? ELIGIBLE : random() < 0.5 ? AVAILABLE : VERIFIED;
    skills[i] = COMMON_SKILL | (isRare ? RARE_SKILL : 0);
  }
  return { points, skills, flags, queries: Array.from({ length: size.queries }, draw) };
}

function fillIndex(city: City): ResponderIndex {
  const index = new ResponderIndex({ eligibleFlags: ELIGIBLE });
  for (const [i, point] of city.points.entries()) {
    const slot = index.set(String(i), point.lat, point.lng);
    if (slot !== i) throw new Error('slots of a new index count up');
    index.setTraits(String(i), city.skills[i] ?? 0, city.flags[i] ?? 0);
  }
  return index;
}

function fillKdbush(city: City): KDBush {
  const tree = new KDBush(city.points.length);
  for (const point of city.points) tree.add(point.lng, point.lat);
  return tree.finish();
}

type Ask = (query: LatLng) => ArrayLike<number>;

function askIndex(index: ResponderIndex, skills: number): Ask {
  const out: NearestResult = { count: 0, slots: new Int32Array(LIMIT), distancesM: new Float64Array(LIMIT) };
  return ({ lat, lng }) => {
    index.nearest({ lat, lng, radiusM: RADIUS_M, limit: LIMIT, skills, flags: ELIGIBLE }, out);
    return out.count === LIMIT ? out.slots : out.slots.subarray(0, out.count);
  };
}

function askKdbush(tree: KDBush, city: City, skills: number): Ask {
  const has = city.skills;
  const flags = city.flags;
  const isWanted = (i: number) =>
    ((has[i] ?? 0) & skills) === skills && ((flags[i] ?? 0) & ELIGIBLE) === ELIGIBLE;
  return ({ lat, lng }) => around(tree, lng, lat, LIMIT, GEOKDBUSH_RADIUS_KM, isWanted);
}

function answerAll(ask: Ask, queries: readonly LatLng[]): () => number {
  return () => {
    for (const query of queries) ask(query);
    return queries.length;
  };
}

/** Queries whose answers differ, where neighbours at the same distance may change places. */
function countDifferences(city: City, a: Ask, b: Ask): number {
  let differing = 0;
  for (const query of city.queries) {
    const slotsA = Array.from(a(query));
    const slotsB = Array.from(b(query));
    const farM = (slot: number | undefined) => distanceM(query, city.points[slot ?? -1] ?? query);
    const isSame = (slot: number, i: number) =>
      slot === slotsB[i] || Math.abs(farM(slot) - farM(slotsB[i])) < 1e-6;
    if (slotsA.length !== slotsB.length || !slotsA.every(isSame)) differing += 1;
  }
  return differing;
}

function movesPerSecond(index: ResponderIndex, city: City, size: SpatialBenchSize, random: Random): number {
  const ids = city.points.map((_, i) => String(i));
  const steps = Array.from({ length: 10_000 }, () => {
    const i = Math.floor(random() * ids.length);
    const from = city.points[i] ?? { lat: 0, lng: 0 };
    return { id: ids[i] ?? '', from, to: destination(from, random() * 360, MOVE_M) };
  });
  const moveThereAndBack = () => {
    for (const { id, to } of steps) index.set(id, to.lat, to.lng);
    for (const { id, from } of steps) index.set(id, from.lat, from.lng);
    return 2 * steps.length;
  };
  return median(Array.from({ length: size.rounds }, () => perSecond(moveThereAndBack, size.roundMs)));
}

/** Compares and measures; `isTimed` false leaves only equality to be required, for a run too small to time. */
export function runSpatialBench(size: SpatialBenchSize, isTimed: boolean): BenchReport {
  const random = seededRandom(SEED);
  const city = drawCity(size, random);
  const index = fillIndex(city);
  const tree = fillKdbush(city);
  const cases = [
    { name: 's50', skills: COMMON_SKILL },
    { name: 's1', skills: RARE_SKILL },
  ].map(({ name, skills }) => {
    const ours = askIndex(index, skills);
    const theirs = askKdbush(tree, city, skills);
    const differing = countDifferences(city, ours, theirs);
    const { queries } = city;
    const rates = alternate(answerAll(ours, queries), answerAll(theirs, queries), size.rounds, size.roundMs);
    return { name, differing, musterQps: rates.a, geokdbushQps: rates.b, ratio: rates.ratio };
  });
  const moves = movesPerSecond(index, city, size, random);
  const isRight = cases.every((c) => c.differing === 0);
  const passed = isRight && (!isTimed || cases.every((c) => c.ratio >= LEAST_RATIO));
  const row = { bench: 'spatial', seed: SEED, ...size, cases, movesPerSecond: Math.round(moves), passed };
  return { passed, row, lines: table(size, cases, moves, passed) };
}

interface CaseResult {
  readonly name: string;
  readonly differing: number;
  readonly musterQps: number;
  readonly geokdbushQps: number;
  readonly ratio: number;
}

function table(
  size: SpatialBenchSize,
  cases: readonly CaseResult[],
  moves: number,
  passed: boolean,
): string[] {
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  return [
    `${LIMIT} nearest within ${RADIUS_M} m among ${whole(size.points)} points in ${size.cities} cities, seed ${SEED}`,
    `${'case'.padEnd(6)}${'Muster q/s'.padStart(14)}${'geokdbush q/s'.padStart(16)}${'ratio'.padStart(8)}${'differing'.padStart(12)}`,
    ...cases.map(
      (c) =>
        c.name.padEnd(6) +
        whole(c.musterQps).padStart(14) +
        whole(c.geokdbushQps).padStart(16) +
        c.ratio.toFixed(2).padStart(8) +
        String(c.differing).padStart(12),
    ),
    `moves of ${MOVE_M} m per second: ${whole(moves)} (geokdbush is static)`,
    passed ? 'passed' : `FAILED: every answer must agree and each ratio be at least ${LEAST_RATIO}`,
  ];
}

export const run = async () => runSpatialBench(FULL_SIZE, true);
