import { type PolicyBody, policySchema } from '../policy.ts';
import { DEFAULT_RULE, type Rule } from '../rule.ts';
import type { Chance } from './chance.ts';

const ANYBODY: Rule['slots'][number]['skills'] = [];
const HELPERS: Rule['slots'][number]['skills'] = ['FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL'];
const MEDICS: Rule['slots'][number]['skills'] = ['MEDICAL_PROFESSIONAL'];

/** A policy of its own for every seed: the default in kind, and quicker, so that minutes show what takes hours. */
export function drawnPolicy(chance: Chance): PolicyBody {
  const slots = chance.whole(1, 3);
  const dispatchersMs = chance.whole(6, 20) * 1_000;
  const wider = {
    step: 'wider_ring',
    afterMs: Math.round(dispatchersMs / 3),
    radiusMaxM: 4_000,
    alertsMore: 5,
  } as const;
  const medics = {
    step: 'professionals',
    afterMs: dispatchersMs / 2,
    radiusMaxM: 8_000,
    alertsMore: 5,
  } as const;
  const base: Rule = {
    ...DEFAULT_RULE,
    slots: Array.from({ length: slots }, (_, i) => ({
      role: i === 0 ? ('PRIMARY' as const) : ('SUPPORT' as const),
      skills: chance.one(HELPERS, HELPERS, ANYBODY, MEDICS),
    })),
    waveSizeMin: chance.whole(1, 3),
    waveSizeMax: chance.whole(3, 8),
    waveTimerMs: chance.whole(3, 10) * 1_000,
    offerTtlMs: chance.whole(6, 20) * 1_000,
    unreachableAfterMs: chance.whole(1, 12) * 1_000,
    radiusStartM: 400,
    radiusMaxM: 2_500,
    alertsMax: chance.whole(4, 30),
    fixMaxAgeMs: 30_000,
    retryMs: chance.whole(3, 8) * 1_000,
    ladder: [
      ...(chance.hits(0.6) ? [wider] : []),
      ...(chance.hits(0.6) ? [medics] : []),
      { step: 'dispatchers', afterMs: dispatchersMs },
      ...(chance.hits(0.5) ? [{ step: 'hand_off', afterMs: dispatchersMs * 2 } as const] : []),
    ],
    turnoutDayMs: 5_000,
    turnoutNightMs: 8_000,
    noMovementMs: chance.whole(5, 12) * 1_000,
    nudgeGraceMs: chance.whole(2, 5) * 1_000,
    reservesMax: chance.whole(0, 2),
  };
  return policySchema.parse({
    base,
    overrides: [{ emergencyType: 'OTHER', rule: { slots: [{ role: 'PRIMARY', skills: [] }] } }],
  });
}
