import type { Random } from '../lib/random.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * How people answer, in replayed time. What is published:
 * - of 1,985 alerted GoodSAM responders in Australia and New Zealand 75.6 % saw the alert and 37.7 % accepted (survey,
 *   Monash University); in Denmark 62,711 of 177,866 alerts were accepted, 35.3 % (Kragh, 2017–22);
 * - turnout, from the alert to setting off: median 105 s by day, 142 s from 22 to 7 h (4,138 GPS-timed missions of
 *   Region der Lebensretter, PMID 40816549);
 * - travel: median 2.3 m/s, quartiles 1.4 and 4.0, along the path (2,176 GPS-timed people in Sweden).
 *
 * What is not published, and assumed here: how the two thirds who saw and did not accept split into declining and
 * silence, how long an answer takes, that as many see a nudge as see an alert and say that they come, how much longer a path is than the straight line, how many withdraw (the survey's
 * 28 % of acceptors who never arrived include everyone stood down), how long help takes, how many callers cancel.
 */
export const BEHAVIOUR = {
  seen: 0.756,
  acceptedOfSeen: 0.365 / 0.756,
  declinedOfSeenNotAccepted: 0.6,
  answerMedianMs: 15 * SECOND_MS,
  answerSigma: 0.7,
  turnoutDayMedianMs: 105 * SECOND_MS,
  turnoutNightMedianMs: 142 * SECOND_MS,
  turnoutSigma: 0.5,
  nightFromHour: 22,
  nightToHour: 7,
  speedMedianMps: 2.3,
  /** ln(4.0 / 1.4) over the distance of the quartiles of a standard normal. */
  speedSigma: Math.log(4 / 1.4) / 1.349,
  pathOverStraight: 1.3,
  withdraws: 0.05,
  serviceMedianMs: 12 * MINUTE_MS,
  serviceSigma: 0.5,
  cancels: 0.02,
  cancelMedianMs: 3 * MINUTE_MS,
  cancelSigma: 0.8,
} as const;

/** What somebody does with an offer, and how long after it came; `silence` after having seen it, or not even that. */
export type Answer =
  | { readonly kind: 'accept' | 'decline'; readonly afterMs: number }
  | { readonly kind: 'silence'; readonly seenAfterMs: number | null };

/** What a holder does, as times after the acceptance: either withdraws, or sets off, arrives and finishes. */
export type Mission =
  | { readonly kind: 'withdraw'; readonly afterMs: number }
  | {
      readonly kind: 'help';
      readonly startAfterMs: number;
      /** Whether and when they say that they are coming, should they be asked because they have not moved. */
      readonly saysSoAfterMs: number | null;
      readonly arriveAfterMs: number;
      readonly resolveAfterMs: number;
    };

/** A draw from the log-normal distribution with this median. */
export function logNormal(median: number, sigma: number, random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()));
}

export function drawAnswer(random: Random): Answer {
  const b = BEHAVIOUR;
  const [sees, accepts, declines] = [random() < b.seen, random() < b.acceptedOfSeen, random()];
  const afterMs = logNormal(b.answerMedianMs, b.answerSigma, random);
  if (!sees) return { kind: 'silence', seenAfterMs: null };
  if (accepts) return { kind: 'accept', afterMs };
  return declines < b.declinedOfSeenNotAccepted
    ? { kind: 'decline', afterMs }
    : { kind: 'silence', seenAfterMs: afterMs };
}

/**
 * What follows an acceptance `answeredAfterMs` after the alert, `distanceM` away as the crow flies. Turnout is counted
 * from the alert, so who answered late sets off soon after.
 */
export function drawMission(
  from: { answeredAfterMs: number; distanceM: number; timeOfDayMs: number },
  random: Random,
): Mission {
  const b = BEHAVIOUR;
  const turnoutMedianMs = isNight(from.timeOfDayMs) ? b.turnoutNightMedianMs : b.turnoutDayMedianMs;
  const turnoutMs = logNormal(turnoutMedianMs, b.turnoutSigma, random);
  const startAfterMs = Math.max(5 * SECOND_MS, turnoutMs - from.answeredAfterMs);
  const speedMps = Math.max(0.5, logNormal(b.speedMedianMps, b.speedSigma, random));
  const arriveAfterMs = startAfterMs + ((from.distanceM * b.pathOverStraight) / speedMps) * SECOND_MS;
  const serviceMs = logNormal(b.serviceMedianMs, b.serviceSigma, random);
  const [withdraws, when] = [random() < b.withdraws, random()];
  const [sees, answersAfterMs] = [random() < b.seen, logNormal(b.answerMedianMs, b.answerSigma, random)];
  if (withdraws) return { kind: 'withdraw', afterMs: when * arriveAfterMs };
  return {
    kind: 'help',
    startAfterMs,
    saysSoAfterMs: sees ? answersAfterMs : null,
    arriveAfterMs,
    resolveAfterMs: arriveAfterMs + serviceMs,
  };
}

/** When the caller cancels, after calling; null for nearly everybody. */
export function drawCancelMs(random: Random): number | null {
  const [cancels, afterMs] = [
    random() < BEHAVIOUR.cancels,
    logNormal(BEHAVIOUR.cancelMedianMs, BEHAVIOUR.cancelSigma, random),
  ];
  return cancels ? afterMs : null;
}

function isNight(timeOfDayMs: number): boolean {
  const hour = (timeOfDayMs % DAY_MS) / HOUR_MS;
  return hour >= BEHAVIOUR.nightFromHour || hour < BEHAVIOUR.nightToHour;
}
