import type { PolicyBody } from '../policy.ts';
import { DEFAULT_RULE, type Rule } from '../rule.ts';

const DAY_MS = 86_400_000;
export const RESPONDER_SKILLS: Rule['slots'][number]['skills'] = ['FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL'];

/** So many slots, the primary first. */
export const slotsFor = (count: number): Rule['slots'] =>
  Array.from({ length: count }, (_, i) => ({
    role: i === 0 ? ('PRIMARY' as const) : ('SUPPORT' as const),
    skills: RESPONDER_SKILLS,
  }));

/** The least that can be asked for: one slot, waves of seven, nobody kept ready, and dispatchers when nobody is left. */
export const PLAIN_RULE: Rule = {
  ...DEFAULT_RULE,
  slots: slotsFor(1),
  waveSizeMin: 7,
  waveSizeMax: 7,
  reservesMax: 0,
  ladder: [{ step: 'dispatchers', afterMs: DAY_MS }],
  noMovementMs: 1_800_000,
  // Nothing in these tests says that it has an offer.
  unreachableAfterMs: DAY_MS,
  locateRadiusM: 0,
};

/** One rule for everything. */
export const policyWith = (rule: Partial<Rule> = {}): PolicyBody => ({
  base: { ...PLAIN_RULE, ...rule },
  overrides: [],
});

/** Waves of exactly so many. */
export const wavesOf = (size: number): Partial<Rule> => ({
  waveSizeMin: size,
  waveSizeMax: size,
  denseWaveSizeMax: size,
});
