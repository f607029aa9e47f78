import { z } from 'zod';
import type { EmergencyType } from './machine/state.ts';

const SKILLS = [
  'FIRST_AID',
  'CPR',
  'FIREFIGHTING',
  'SEARCH_RESCUE',
  'COUNSELING',
  'MEDICAL_PROFESSIONAL',
  'DRIVER',
  'TRANSLATOR',
  'OTHER',
] as const;

const DAY_MS = 86_400_000;
const durationMs = z.number().int().min(1).max(DAY_MS);
const skills = z.array(z.enum(SKILLS)).max(SKILLS.length);

/** How help is sought: data, versioned, validated here and nowhere else. */
export const policySchema = z.strictObject({
  /** People asked at once. */
  waveSize: z.number().int().min(1).max(100),
  /** Silence for this long sends the next wave. */
  waveTimerMs: durationMs,
  /** Time to answer one offer. */
  offerTtlMs: durationMs,
  /** How far the first wave reaches, how much farther each next one, and where it ends. */
  radiusStartM: z.number().min(1).max(100_000),
  // A ring that does not grow never gets to its end, and the search goes ring by ring up to there.
  radiusGrowth: z.number().min(1.1).max(10),
  radiusMaxM: z.number().min(1).max(100_000),
  /** People asked for one SOS at most. */
  alertsMax: z.number().int().min(1).max(100),
  /** A position heard longer ago than this does not count as known. */
  fixMaxAgeMs: durationMs,
  /** An escalated SOS is searched for again this often: somebody may have come near. */
  escalatedRetryMs: durationMs,
  /** Expected arrival: time to set off, then the straight line at this speed. */
  turnoutMs: z.number().int().min(0).max(DAY_MS),
  speedMps: z.number().min(0.1).max(100),
  /** Who is qualified for which emergency: somebody with at least one of these skills; empty: anybody verified. */
  skillsFor: z.strictObject({
    MEDICAL: skills,
    FIRE: skills,
    ACCIDENT: skills,
    CRIME: skills,
    NATURAL_DISASTER: skills,
    OTHER: skills,
  }),
});

export type PolicyBody = z.infer<typeof policySchema>;

export interface Policy {
  readonly version: number;
  readonly body: PolicyBody;
}

/**
 * The first policy. Figures and their sources: 30 alerts and 1,300 m are Sweden's programme (SAMBA trial); 60 s to
 * answer and 102 s to set off come from 4,138 timed missions in Germany (turnout median 1:42 by day); 2.3 m/s is the
 * median of 2,176 GPS-timed people in Sweden; waves of 7 with instant replacement of a decline did best in a
 * simulation of 29,307 GoodSAM alerts; the 25 s of the wave timer are ours, to be judged by simulation.
 */
export const DEFAULT_POLICY: PolicyBody = {
  waveSize: 7,
  waveTimerMs: 25_000,
  offerTtlMs: 60_000,
  radiusStartM: 500,
  radiusGrowth: 1.6,
  radiusMaxM: 2_000,
  alertsMax: 30,
  fixMaxAgeMs: 600_000,
  escalatedRetryMs: 60_000,
  turnoutMs: 102_000,
  speedMps: 2.3,
  skillsFor: {
    MEDICAL: ['FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL'],
    FIRE: ['FIREFIGHTING', 'FIRST_AID', 'MEDICAL_PROFESSIONAL'],
    ACCIDENT: ['FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL', 'FIREFIGHTING', 'SEARCH_RESCUE'],
    CRIME: [],
    NATURAL_DISASTER: ['SEARCH_RESCUE', 'FIRST_AID', 'FIREFIGHTING', 'MEDICAL_PROFESSIONAL'],
    OTHER: [],
  },
};

const TYPES: readonly EmergencyType[] = ['MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER'];

/** One bit for each emergency type. */
export function capabilityBit(type: EmergencyType): number {
  return 1 << TYPES.indexOf(type);
}

/** The emergency types that somebody with these skills is qualified for, as bits: what the spatial index filters by. */
export function capabilities(skillsHeld: readonly string[], policy: PolicyBody): number {
  let bits = 0;
  for (const type of TYPES) {
    const wanted: readonly string[] = policy.skillsFor[type];
    if (wanted.length === 0 || wanted.some((skill) => skillsHeld.includes(skill)))
      bits |= capabilityBit(type);
  }
  return bits;
}

/** Expected time from the offer to standing beside the person. */
export function expectedArrivalMs(distanceM: number, policy: PolicyBody): number {
  return Math.round(policy.turnoutMs + (distanceM / policy.speedMps) * 1_000);
}
