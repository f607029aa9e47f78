import {
  DEFAULT_LIMITS,
  GOAL_REPEAT_MS,
  HEART_RATE_AROUND,
  LIMITED_VITALS,
  type LimitedVital,
  NEWS2_DURATION_MS,
  NO_DATA_AFTER_MS,
  REPEAT_MS,
  SPO2_SCALE_2_LIMITS,
  type VitalLimits,
  WAKEFULNESS_STEPS,
  WEIGHT_GAIN,
} from './default-limits.ts';
import type { Level, Limits, Rule, RuleStep } from './limits.ts';
import { toDecimals } from './rounding.ts';
import { NEWS2_MAX_AGE_MS, type News2Ages } from './score.ts';
import { NOTHING_SET, type ThresholdSettings } from './thresholds.ts';
import { VITAL_WORDS } from './words.ts';

type Steps = readonly { readonly level: Level; readonly at: number }[];

/** What one person is judged by: the defaults, with what was set for them in their place. Pure. */
export function limitsOf(
  set: (ThresholdSettings & { readonly version: number; readonly changedAtMs?: number }) | null,
  maxAgeMs: News2Ages = NEWS2_MAX_AGE_MS,
): Limits {
  const settings = set ?? NOTHING_SET;
  const repeatMs = settings.repeatMs ?? REPEAT_MS;
  return {
    version: set?.version ?? 0,
    rules: [
      ...LIMITED_VITALS.flatMap((vital) => rulesOf(vital, settings)),
      ...maximumOf(settings),
      ...tooMuchOxygen(settings),
      ...goalsOf(settings),
      wakefulness(repeatMs),
    ],
    weightGain: settings.weightGainKg === 0 ? null : weightGainOf(settings, repeatMs),
    news2: {
      scale: settings.spo2Scale,
      isPregnant: settings.isPregnant,
      durationMs: settings.durationMs ?? NEWS2_DURATION_MS,
      repeatMs,
      maxAgeMs,
    },
    noData: {
      afterMs: settings.noDataAfterMs ?? NO_DATA_AFTER_MS,
      setAtMs: set?.changedAtMs ?? 0,
      expected: settings.expected,
    },
  };
}

/** The four limits in force for one vital sign: set for this person, or else what follows from their own figures. */
export function limitsInForce(vital: LimitedVital, settings: ThresholdSettings): VitalLimits {
  const set = settings.limits[vital];
  if (set) return set;
  const limits: VitalLimits = DEFAULT_LIMITS[vital];
  if (vital === 'heartRateBpm') return aroundOwnFigures(limits, settings);
  if (vital !== 'spo2Pct' || settings.spo2Scale === 1) return limits;
  const { lowWarning, lowCritical } = SPO2_SCALE_2_LIMITS;
  return { ...limits, lowWarning, lowCritical };
}

/** Exercise is no alarm to whom it was ordered, nor is a slow heart to whom it belongs. */
function aroundOwnFigures(limits: VitalLimits, settings: ThresholdSettings): VitalLimits {
  const { restingHeartRateBpm: resting, targetHeartRateBpm: target } = settings;
  const { aboveTarget, belowResting, farBelowResting } = HEART_RATE_AROUND;
  const raised = (limit: number | null) =>
    limit === null || target === null ? limit : Math.max(limit, target + aboveTarget);
  const lowered = (limit: number | null, by: number) =>
    limit === null || resting === null ? limit : Math.min(limit, resting - by);
  return {
    lowCritical: lowered(limits.lowCritical, farBelowResting),
    lowWarning: lowered(limits.lowWarning, belowResting),
    highWarning: raised(limits.highWarning),
    highCritical: raised(limits.highCritical),
  };
}

function rulesOf(vital: LimitedVital, settings: ThresholdSettings): Rule[] {
  const { lowCritical, lowWarning, highWarning, highCritical } = limitsInForce(vital, settings);
  return [
    ...ruleOf(vital, 'low', steps(['warning', lowWarning], ['critical', lowCritical]), settings),
    ...ruleOf(vital, 'high', steps(['warning', highWarning], ['critical', highCritical]), settings),
  ];
}

function ruleOf(
  vital: LimitedVital,
  side: 'low' | 'high',
  levels: Steps,
  settings: ThresholdSettings,
  other: Partial<Rule> = {},
): Rule[] {
  if (levels.length === 0) return [];
  const own = settings.limits[vital];
  const defaults = DEFAULT_LIMITS[vital];
  return [
    {
      condition: `${VITAL_WORDS[vital]}_${side}`,
      judged: vital,
      side,
      steps: withMargin(levels, side, own?.margin ?? defaults.margin),
      durationMs: own?.durationMs ?? settings.durationMs ?? defaults.durationMs,
      repeatMs: own?.repeatMs ?? settings.repeatMs ?? REPEAT_MS,
      onOxygenOnly: false,
      ...other,
    },
  ];
}

function maximumOf(settings: ThresholdSettings): Rule[] {
  const { maxHeartRateBpm: most } = settings;
  if (most === null) return [];
  // Reaching the maximum is allowed, exceeding it is not.
  return ruleOf('heartRateBpm', 'high', steps(['serious', most + 1]), settings, {
    condition: 'heart_rate_over_max',
  });
}

function tooMuchOxygen(settings: ThresholdSettings): Rule[] {
  // Whoever set limits for this vital sign has decided on this one too.
  if (settings.spo2Scale === 1 || settings.limits.spo2Pct) return [];
  return ruleOf('spo2Pct', 'high', steps(['warning', SPO2_SCALE_2_LIMITS.highOnOxygen]), settings, {
    condition: 'spo2_high_on_oxygen',
    onOxygenOnly: true,
  });
}

function goalsOf(settings: ThresholdSettings): Rule[] {
  const goal = settings.bloodPressureGoal;
  if (goal === null) return [];
  const missed = (vital: 'systolicMmhg' | 'diastolicMmhg', side: 'low' | 'high', end: number | null) =>
    end === null
      ? []
      : ruleOf(vital, side, steps(['goal', side === 'low' ? end - 1 : end + 1]), settings, {
          condition: `${VITAL_WORDS[vital]}_${side === 'low' ? 'below' : 'above'}_goal`,
          repeatMs: GOAL_REPEAT_MS,
        });
  return [
    ...missed('systolicMmhg', 'low', goal.systolicLow),
    ...missed('systolicMmhg', 'high', goal.systolicHigh),
    ...missed('diastolicMmhg', 'low', goal.diastolicLow),
    ...missed('diastolicMmhg', 'high', goal.diastolicHigh),
  ];
}

function wakefulness(repeatMs: number): Rule {
  return {
    condition: 'consciousness_reduced',
    judged: 'consciousness',
    side: 'high',
    steps: withMargin(WAKEFULNESS_STEPS, 'high', 0),
    durationMs: 0,
    repeatMs,
    onOxygenOnly: false,
  };
}

function weightGainOf({ weightGainKg }: ThresholdSettings, repeatMs: number) {
  return {
    kg: weightGainKg ?? WEIGHT_GAIN.kg,
    withinMs: WEIGHT_GAIN.withinMs,
    marginKg: WEIGHT_GAIN.marginKg,
    // Weighed once a day.
    repeatMs: Math.max(repeatMs, GOAL_REPEAT_MS),
  };
}

// Of a sum of two decimals only what was written counts, not what a float adds to it.
const SUM_DECIMALS = 6;

function withMargin(levels: Steps, side: 'low' | 'high', margin: number): RuleStep[] {
  const outward = side === 'low' ? margin : -margin;
  return levels.map((step) => ({ ...step, clearOf: toDecimals(step.at + outward, SUM_DECIMALS) }));
}

function steps(...levels: (readonly [Level, number | null])[]): Steps {
  return levels.flatMap(([level, at]) => (at === null ? [] : [{ level, at }]));
}
