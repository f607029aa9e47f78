import { destination, distanceM, type LatLng } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import type { EmergencyType, Priority } from './call-types.ts';
import type { Scenario, SimulatedCall, SimulatedFix } from './scenario.ts';

export interface CityOptions {
  readonly responders: number;
  readonly sos: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly center: LatLng;
  readonly radiusM: number;
  /** Time between two fixes of one responder. */
  readonly fixEveryMs: number;
}

const WALK_MPS = [0.8, 12] as const;
const PAUSE_MS_MAX = 300_000;
const NOON_MS = 12 * 3_600_000;

/** How often which emergency is called, roughly as in San Francisco's calls: mostly medical. */
const TYPES: readonly (readonly [EmergencyType, number])[] = [
  ['MEDICAL', 0.79],
  ['FIRE', 0.12],
  ['OTHER', 0.06],
  ['ACCIDENT', 0.02],
  ['CRIME', 0.01],
];
const PRIORITIES: readonly (readonly [Priority, number])[] = [
  ['HIGH', 0.55],
  ['MEDIUM', 0.42],
  ['CRITICAL', 0.03],
];

/** People here never stop reporting a place of their own. */
interface City extends Scenario {
  reportsUntil(offsetMs: number): Iterable<SimulatedFix>;
}

/**
 * A made-up city, the same for the same seed: responders move by the random-waypoint model in a disc (straight to a
 * random place at a random speed, a pause, on to the next); emergencies are a Poisson process in time given their
 * number, and uniform in the disc.
 */
export function syntheticCity(options: CityOptions): City {
  const random = seededRandom(options.seed);
  const calls = poissonCalls(options, random);
  const walkers = Array.from({ length: options.responders }, () => new Walker(options, random));
  return {
    responders: walkers.map((_, i) => ({ name: `Responder ${i + 1}`, skills: skillsOf(i) })),
    calls,
    durationMs: options.durationMs,
    timeOfDayMs: NOON_MS,
    *reportsUntil(offsetMs: number): Generator<SimulatedFix> {
      for (const [responder, walker] of walkers.entries()) {
        for (let fix = walker.next(offsetMs); fix; fix = walker.next(offsetMs)) yield { responder, ...fix };
      }
    },
  };
}

function skillsOf(index: number): readonly string[] {
  return index % 5 === 4 ? ['FIREFIGHTING', 'FIRST_AID'] : ['FIRST_AID', 'CPR'];
}

function poissonCalls(options: CityOptions, random: Random): SimulatedCall[] {
  const offsets = Array.from({ length: options.sos }, () => random() * options.durationMs);
  return offsets
    .sort((a, b) => a - b)
    .map((offsetMs, i) => ({
      callId: `call-${i + 1}`,
      offsetMs,
      point: inDisc(options, random),
      emergencyType: pick(TYPES, random),
      priority: pick(PRIORITIES, random),
    }));
}

function pick<T>(weighted: readonly (readonly [T, number])[], random: Random): T {
  let left = random();
  for (const [value, weight] of weighted) {
    left -= weight;
    if (left < 0) return value;
  }
  return must(weighted[0], 'a choice')[0];
}

function inDisc(disc: { center: LatLng; radiusM: number }, random: Random): LatLng {
  return destination(disc.center, random() * 360, disc.radiusM * Math.sqrt(random()));
}

interface Leg {
  readonly from: LatLng;
  readonly to: LatLng;
  readonly startMs: number;
  readonly arriveMs: number;
  readonly endMs: number;
}

/** One responder under way. Each draws from a generator of its own, so that asking in other steps changes nothing. */
class Walker {
  readonly #options: CityOptions;
  readonly #random: Random;
  #leg: Leg;
  #nextFixMs: number;

  constructor(options: CityOptions, random: Random) {
    this.#options = options;
    this.#random = seededRandom(Math.floor(random() * 2 ** 32));
    this.#leg = this.#legFrom(inDisc(options, this.#random), 0);
    this.#nextFixMs = this.#random() * Math.min(options.fixEveryMs, 5_000);
  }

  next(untilMs: number): { offsetMs: number; point: LatLng } | null {
    if (this.#nextFixMs > untilMs) return null;
    const offsetMs = this.#nextFixMs;
    this.#nextFixMs += this.#options.fixEveryMs;
    while (this.#leg.endMs < offsetMs) this.#leg = this.#legFrom(this.#leg.to, this.#leg.endMs);
    return { offsetMs, point: this.#pointAt(offsetMs) };
  }

  #legFrom(from: LatLng, startMs: number): Leg {
    const to = inDisc(this.#options, this.#random);
    const speedMps = WALK_MPS[0] + this.#random() * (WALK_MPS[1] - WALK_MPS[0]);
    const arriveMs = startMs + (distanceM(from, to) / speedMps) * 1_000;
    return { from, to, startMs, arriveMs, endMs: arriveMs + this.#random() * PAUSE_MS_MAX };
  }

  #pointAt(offsetMs: number): LatLng {
    const { from, to, startMs, arriveMs } = this.#leg;
    const share = arriveMs > startMs ? Math.min(1, (offsetMs - startMs) / (arriveMs - startMs)) : 1;
    return {
      lat: from.lat + (to.lat - from.lat) * share,
      lng: shortWay(from.lng + shortWay(to.lng - from.lng) * share),
    };
  }
}

/** Degrees brought into [-180, 180): of a longitude, or of a difference of two the short way round. */
function shortWay(degrees: number): number {
  return ((degrees + 540) % 360) - 180;
}
