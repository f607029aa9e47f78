import type { Rule } from './rule.ts';

const HOUR_MS = 3_600_000;
const DAY_FROM_H = 7;
const DAY_TO_H = 22;

/** What is known of how somebody has answered, and how often they were alerted lately. */
export interface History {
  /** Offers that they could have accepted, and those that they did. */
  readonly asked: number;
  readonly accepted: number;
  readonly alerts7: number;
  readonly alerts30: number;
}

/** What goes into the order of one candidate. */
export interface ArrivalInputs extends History {
  readonly distanceM: number;
  /** How fast they were seen moving; null: not seen, or standing. */
  readonly observedMps: number | null;
}

/** Where and when: the same for everybody in one search. */
export interface ArrivalScene {
  /** Responders within 1 km of the SOS. */
  readonly around: number;
  readonly isNight: boolean;
}

/** The arithmetic of one candidate; the lower `scoreMs`, the sooner they are asked. */
export interface Arrival {
  readonly speedMps: number;
  readonly turnoutMs: number;
  readonly travelMs: number;
  /** Expected time from the offer to standing beside the person. */
  readonly etaMs: number;
  /** Chance that they come when asked. */
  readonly pArrive: number;
  /** What asking somebody who does not answer costs, weighted. */
  readonly silenceMs: number;
  readonly fairnessMs: number;
  readonly scoreMs: number;
}

/**
 * Night by the sun: 22 to 7 h of local mean time at this longitude, since an SOS knows no time zone. It is off from the
 * clock on the wall by an hour or two at most.
 */
export function isNight(nowMs: number, lng: number): boolean {
  const hour = (((nowMs / HOUR_MS + lng / 15) % 24) + 24) % 24;
  return hour < DAY_FROM_H || hour >= DAY_TO_H;
}

/**
 * Expected arrival is turnout plus straight line by speed. On top comes what can go wrong by asking them: with the chance
 * p that they come, (1 - p) / p waves are lost on average before somebody like them does (geometric distribution), of
 * which `acceptanceWeight` counts, because waves ask several at once; p is the mean of a beta distribution that begins at
 * `arrivalPrior`. And what they have had already: each alert of the last 7 and 30 days, up to a limit.
 */
export function arrivalOf(inputs: ArrivalInputs, scene: ArrivalScene, rule: Rule): Arrival {
  const speedMps = speedOf(inputs.observedMps, scene, rule);
  const turnoutMs = scene.isNight ? rule.turnoutNightMs : rule.turnoutDayMs;
  const travelMs = Math.round((inputs.distanceM / speedMps) * 1_000);
  const pArrive =
    (inputs.accepted + rule.arrivalPrior * rule.arrivalPriorOffers) /
    (inputs.asked + rule.arrivalPriorOffers);
  const silenceMs = Math.round(((1 - pArrive) / pArrive) * rule.waveTimerMs * rule.acceptanceWeight);
  const fairnessMs = Math.min(
    rule.fairnessMaxMs,
    inputs.alerts7 * rule.fairness7Ms + inputs.alerts30 * rule.fairness30Ms,
  );
  const etaMs = turnoutMs + travelMs;
  return {
    speedMps,
    turnoutMs,
    travelMs,
    etaMs,
    pArrive,
    silenceMs,
    fairnessMs,
    scoreMs: etaMs + silenceMs + fairnessMs,
  };
}

/** Nobody at this distance or farther has a lower score: whoever comes at the speed of the place, and whoever is faster. */
export function leastScoreMs(distanceM: number, isMover: boolean, scene: ArrivalScene, rule: Rule): number {
  const base = baseSpeedMps(scene, rule);
  const speedMps = isMover ? Math.max(base, rule.speedObservedMaxMps) : base;
  const turnoutMs = scene.isNight ? rule.turnoutNightMs : rule.turnoutDayMs;
  return turnoutMs + Math.round((distanceM / speedMps) * 1_000);
}

function speedOf(observedMps: number | null, scene: ArrivalScene, rule: Rule): number {
  const base = baseSpeedMps(scene, rule);
  return observedMps === null ? base : Math.max(base, Math.min(observedMps, rule.speedObservedMaxMps));
}

function baseSpeedMps({ around }: ArrivalScene, rule: Rule): number {
  if (around >= rule.denseFrom) return rule.speedDenseMps;
  return around < rule.sparseBelow ? rule.speedSparseMps : rule.speedMps;
}
