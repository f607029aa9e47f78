import type { CurrentName } from './current.ts';
import { DEFAULT_LIMITS, type LimitedVital, WAKEFULNESS } from './default-limits.ts';
import type { Draft } from './draft.ts';
import type { Severity } from './finding.ts';
import type { JudgeState } from './judge-state.ts';
import type { Latch, Look, Reading } from './latch.ts';
import { type Level, type Limits, type Rule, type RuleStep, SEVERITY_OF } from './limits.ts';
import { toDecimals } from './rounding.ts';
import type { Sample } from './sample.ts';

export interface RulesInput {
  readonly before: JudgeState;
  readonly sample: Sample;
  readonly fresh: readonly CurrentName[];
  readonly limits: Limits;
}

/** Judges what is new in a sample by every rule that looks at it. */
export function judgeRules(draft: Draft, input: RulesInput): void {
  for (const rule of input.limits.rules) if (input.fresh.includes(rule.judged)) judgeRule(draft, rule, input);
}

/** The limits are others than at the sample before: what no rule looks at any more is over. */
export function leaveRules(draft: Draft, limits: Limits, atMs: number): void {
  const latches = limits.rules.flatMap(({ condition, steps }) =>
    steps.map(({ level }) => keyOf(condition, level)),
  );
  const kept = new Set(latches);
  draft.dropLatches((key) => key.includes('/') && !kept.has(key));
  const conditions = new Set(limits.rules.map(({ condition }) => condition));
  if (limits.weightGain !== null) conditions.add('weight_gain');
  for (const [condition, told] of Object.entries(draft.state.told)) {
    const isOfLimits = told.type === 'vital' && !condition.startsWith('implausible_');
    if (isOfLimits && !conditions.has(condition))
      draft.end(condition, told, atMs, { because: 'limits_changed' });
  }
}

const keyOf = (condition: string, level: Level) => `${condition}/${level}`;

function judgeRule(draft: Draft, rule: Rule, input: RulesInput): void {
  const value = chartedOf(draft, rule.judged);
  if (value === null) return;
  const oxygen = rule.onOxygenOnly ? oxygenAt(draft, input) : 'given';
  let look: Omit<Look, 'reading'> | undefined;
  let worst: Crossed | null = null;
  let isSeenNow = false;
  for (const step of rule.steps) {
    const reading = readingOf(value, step, rule.side, oxygen);
    const key = keyOf(rule.condition, step.level);
    if (reading !== 'crossed' && draft.state.latches[key] === undefined) continue;
    look ??= lookOf(rule, input);
    const latch = draft.latch(key, { ...look, reading });
    if (!latch?.isOn) continue;
    worst = { step, latch };
    isSeenNow ||= reading === 'crossed';
  }
  if (worst === null && draft.state.told[rule.condition] === undefined) return;
  settle(draft, rule, { worst, isSeenNow, value, sample: input.sample });
}

/** The outermost limit of a rule that counts as crossed. */
interface Crossed {
  readonly step: RuleStep;
  readonly latch: Latch;
}

function lookOf({ judged, durationMs }: Rule, { before, sample }: RulesInput): Omit<Look, 'reading'> {
  const { recordedAtMs: atMs } = sample;
  const beforeMs = before.current[judged]?.atMs;
  const isAlone = beforeMs === undefined || atMs - beforeMs > durationMs;
  return { atMs, durationMs, isSeen: isSeenByPeople(sample), isAlone };
}

function settle(
  draft: Draft,
  { condition, judged, steps, repeatMs }: Rule,
  seen: { worst: Crossed | null; isSeenNow: boolean; value: number; sample: Sample },
): void {
  const { worst, isSeenNow, value, sample } = seen;
  draft.settle({
    type: 'vital',
    condition,
    severity: worst === null ? null : severityOf(worst.step.level, worst.latch),
    isSeenNow,
    atMs: sample.recordedAtMs,
    repeatMs,
    detail: () => ({
      vital: judged,
      value: judged === 'consciousness' ? (draft.state.current.consciousness?.value ?? null) : value,
      limit: (worst?.step ?? steps[0])?.at ?? null,
      level: worst?.step.level ?? null,
      sinceMs: worst?.latch.sinceMs ?? null,
      isSure: worst?.latch.isSure ?? true,
      source: sample.source,
    }),
  });
}

/** A single value of a device that nothing confirms is not enough for the highest. */
export function severityOf(what: keyof typeof SEVERITY_OF, { isSure }: Latch): Severity {
  const severity: Severity = SEVERITY_OF[what];
  return severity === 'CRITICAL' && !isSure ? 'HIGH' : severity;
}

/** Somebody put it on record, and stands by it. */
export const isSeenByPeople = ({ source, isSeen = true }: Sample) =>
  (source === 'manual' || source === 'fhir') && isSeen;

/** As it is charted. */
function chartedOf({ state: { current } }: Draft, judged: Rule['judged']): number | null {
  if (judged === 'consciousness') {
    const known = current.consciousness;
    return known === undefined ? null : WAKEFULNESS[known.value];
  }
  const known = current[judged];
  const { decimals } = DEFAULT_LIMITS[judged as LimitedVital] ?? { decimals: 1 };
  return known === undefined ? null : toDecimals(known.value, decimals);
}

type Oxygen = 'given' | 'not_given' | 'unknown';

function readingOf(value: number, { at, clearOf }: RuleStep, side: Rule['side'], oxygen: Oxygen): Reading {
  if (oxygen !== 'given') return oxygen === 'unknown' ? 'unknown' : 'clear';
  if (side === 'low' ? value <= at : value >= at) return 'crossed';
  return (side === 'low' ? value > clearOf : value < clearOf) ? 'clear' : 'between';
}

function oxygenAt({ state: { current } }: Draft, { limits, sample }: RulesInput): Oxygen {
  const known = current.onOxygen;
  if (known === undefined || sample.recordedAtMs - known.atMs > limits.news2.maxAgeMs.oxygen)
    return 'unknown';
  return known.value ? 'given' : 'not_given';
}
