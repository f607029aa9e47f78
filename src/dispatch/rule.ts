import { z } from 'zod';
import { SKILLS } from './skills.ts';

const DAY_MS = 86_400_000;
const MOST_ALERTED = 100;
// Shorter ones would make the store look at the same SOS without end.
const durationMs = z.number().int().min(10).max(DAY_MS);
const waitMs = z.number().int().min(0).max(DAY_MS);
const meters = z.number().min(1).max(100_000);
const people = z.number().int().min(1).max(MOST_ALERTED);
const speedMps = z.number().min(0.1).max(100);

const slot = z.strictObject({
  /** The status of an SOS is that of its primary slot. */
  role: z.enum(['PRIMARY', 'SUPPORT']),
  /** Who may fill it: somebody with one of these skills; empty: anybody verified. */
  skills: z.array(z.enum(SKILLS)).max(SKILLS.length),
});

/** How long after the SOS was raised a rung is climbed at the latest; at once when nobody is left to ask. */
const afterMs = waitMs;
const rung = z.discriminatedUnion('step', [
  /** The search goes on farther out, and may alert so many more. */
  z.strictObject({ step: z.literal('wider_ring'), afterMs, radiusMaxM: meters, alertsMore: people }),
  /** Medical professionals are asked, whatever the slots want. */
  z.strictObject({ step: z.literal('professionals'), afterMs, radiusMaxM: meters, alertsMore: people }),
  /** Dispatchers are alarmed: from here on it waits for a human. */
  z.strictObject({ step: z.literal('dispatchers'), afterMs }),
  /** It is on record that an external service has to be called. Whether it was is another record. */
  z.strictObject({ step: z.literal('hand_off'), afterMs }),
]);

export type Rung = z.infer<typeof rung>;
export type Step = Rung['step'];

/** How help is sought for one kind of emergency: data, validated here and nowhere else. */
export const ruleSchema = z.strictObject({
  /** Who is wanted on the scene, the primary first. */
  slots: z.array(slot).min(1).max(10),
  /** How many of those asked come, before anything is known of them; and how many offers that is worth. */
  arrivalPrior: z.number().min(0.01).max(1),
  arrivalPriorOffers: z.number().min(1).max(1_000),
  /** A wave is as large as it takes to expect everybody wanted, between these. */
  waveSizeMin: people,
  waveSizeMax: people,
  /** With so many around who can be asked (within 1 km), no wave is larger than this. */
  denseFrom: z.number().int().min(1).max(100_000),
  denseWaveSizeMax: people,
  /** Silence for this long sends the next wave. */
  waveTimerMs: durationMs,
  /** Time to answer one offer. */
  offerTtlMs: durationMs,
  /** No device of whoever is asked says within this that it has the offer: the next person is asked as well. */
  unreachableAfterMs: durationMs,
  /** How far the first wave reaches, how much farther each next one, and where it ends. */
  radiusStartM: meters,
  // A ring that does not grow never gets to its end, and the search goes ring by ring up to there.
  radiusGrowth: z.number().min(1.1).max(10),
  radiusMaxM: meters,
  /** People asked for one SOS at most, rungs not counted. */
  alertsMax: people,
  /** A position heard longer ago than this does not count as known. */
  fixMaxAgeMs: durationMs,
  /** When nobody was left to ask, it is searched for again this often: somebody may have come near. */
  retryMs: durationMs,
  ladder: z.array(rung).min(1).max(8),
  /** Time to set off, by day (07 to 22 h) and by night. */
  turnoutDayMs: waitMs,
  turnoutNightMs: waitMs,
  /** Straight-line speed by how many responders there are within 1 km: `denseFrom` and more, between, fewer than `sparseBelow`. */
  speedDenseMps: speedMps,
  speedMps,
  speedSparseMps: speedMps,
  sparseBelow: z.number().int().min(0).max(100_000),
  /** Somebody seen moving faster than that is believed up to this speed. */
  speedObservedMaxMps: speedMps,
  /** How much of the time lost on somebody who does not answer counts against asking them. */
  acceptanceWeight: z.number().min(0).max(10_000),
  /** What each alert of the last 7 and 30 days counts against asking somebody again, and the most it may count. */
  fairness7Ms: waitMs,
  fairness30Ms: waitMs,
  fairnessMaxMs: waitMs,
  /** Accepted and not left the place for this long: a nudge, and after the grace one more slot. */
  noMovementMs: durationMs,
  nudgeGraceMs: durationMs,
  /** A holder this far from where they accepted has departed; this near to the person, arrived. */
  departedM: meters,
  arrivedM: meters,
  /** Late accepters kept ready when every slot is filled. */
  reservesMax: z.number().int().min(0).max(20),
  /** How far around phones are asked where they are while the first wave rings; 0: nobody is asked. */
  locateRadiusM: z.number().min(0).max(100_000),
});

export type Rule = z.infer<typeof ruleSchema>;
export type SlotRule = Rule['slots'][number];

const responder = ['FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL'] satisfies SlotRule['skills'];

/**
 * The rule where a policy says nothing else. Figures and their sources: three on the scene double the odds of
 * defibrillation against one (Denmark, 906 arrests); 15 % arrive of those alerted lies between 7 % (Netherlands, 5 of 70)
 * and 27 % (Australia and New Zealand, respondents); waves of 7 with instant replacement of a decline did best where there
 * are 30 within 1 km (simulation of 29,307 GoodSAM alerts); 30 alerts is Sweden's programme, 100 the cap of the
 * Netherlands; 60 s to answer and 102 s by day, 142 s by night to set off come from 4,138 timed missions in Germany;
 * 1.8, 2.3 and 3.1 m/s in dense, other and sparse places are medians of 2,176 GPS-timed people in Sweden, where density
 * of people stands for density of responders here; departed is a fence of 20 m, arrived 25 m, 150 s without leaving
 * lies above the median turnout of 105 s. Wave timer, ladder, the time in which a device has to say that it has an offer, weights and fairness are ours, to be judged by simulation.
 */
export const DEFAULT_RULE: Rule = {
  slots: [
    { role: 'PRIMARY', skills: responder },
    { role: 'SUPPORT', skills: responder },
    { role: 'SUPPORT', skills: responder },
  ],
  arrivalPrior: 0.15,
  arrivalPriorOffers: 10,
  waveSizeMin: 3,
  waveSizeMax: 20,
  denseFrom: 30,
  denseWaveSizeMax: 7,
  waveTimerMs: 25_000,
  offerTtlMs: 60_000,
  unreachableAfterMs: 10_000,
  radiusStartM: 500,
  radiusGrowth: 1.6,
  radiusMaxM: 2_000,
  alertsMax: 30,
  fixMaxAgeMs: 600_000,
  retryMs: 60_000,
  ladder: [
    { step: 'wider_ring', afterMs: 90_000, radiusMaxM: 4_000, alertsMore: 20 },
    { step: 'professionals', afterMs: 150_000, radiusMaxM: 10_000, alertsMore: 20 },
    { step: 'dispatchers', afterMs: 180_000 },
    { step: 'hand_off', afterMs: 300_000 },
  ],
  turnoutDayMs: 102_000,
  turnoutNightMs: 142_000,
  speedDenseMps: 1.8,
  speedMps: 2.3,
  speedSparseMps: 3.1,
  sparseBelow: 4,
  speedObservedMaxMps: 14,
  acceptanceWeight: 0.25,
  fairness7Ms: 5_000,
  fairness30Ms: 1_000,
  fairnessMaxMs: 60_000,
  noMovementMs: 150_000,
  nudgeGraceMs: 60_000,
  departedM: 20,
  arrivedM: 25,
  reservesMax: 2,
  locateRadiusM: 4_000,
};

/** What does not fit together in a rule, in words that name the field; null when all does. */
export function contradictionIn(rule: Rule): string | null {
  const { slots, ladder } = rule;
  if (slots[0]?.role !== 'PRIMARY') return 'slots: the first is the PRIMARY';
  if (slots.filter(({ role }) => role === 'PRIMARY').length !== 1) return 'slots: there is one PRIMARY';
  if (rule.waveSizeMin > rule.waveSizeMax) return 'waveSizeMin: is larger than waveSizeMax';
  if (rule.radiusStartM > rule.radiusMaxM) return 'radiusStartM: is larger than radiusMaxM';
  if (!ladder.some(({ step }) => step === 'dispatchers')) return 'ladder: dispatchers have to be on it';
  for (const [i, { afterMs: after }] of ladder.entries()) {
    if (after < (ladder[i - 1]?.afterMs ?? 0)) return `ladder.${i}.afterMs: is before the rung below`;
  }
  if (new Set(ladder.map(({ step }) => step)).size !== ladder.length) return 'ladder: each step comes once';
  const handOff = ladder.findIndex(({ step }) => step === 'hand_off');
  if (handOff !== -1 && handOff < ladder.findIndex(({ step }) => step === 'dispatchers'))
    return 'ladder: hand_off comes after dispatchers';
  return null;
}
