import type { Current, CurrentName } from './current.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { type JudgedPerson, type JudgeState, NOTHING_KNOWN } from './judge-state.ts';
import type { Limits } from './limits.ts';
import type { Sample } from './sample.ts';
import { SOURCE_OF } from './score.ts';

/** What is known once something that people said was taken back or put right, and what that changes for others. */
export interface Rebuilt {
  readonly state: JudgeState;
  readonly findings: readonly Finding[];
}

const SCORED: ReadonlySet<CurrentName> = new Set(Object.values(SOURCE_OF));

/**
 * Takes what was taken back out of what is known. `samples` are what the store still has, in the order in which they came;
 * it may lack what has only just come, or came too long ago. So only that is made again which hangs on a vital sign whose
 * newest value was of a record that the store does not say so any more; all else stays as it is known. Pure.
 */
export function rebuilt(
  before: JudgeState,
  samples: readonly Sample[],
  { limits, person, personId, nowMs }: RebuiltTerms,
): Rebuilt {
  const { state: again, found } = judgedAgain(samples, limits, person);
  const changed = changedIn(before.current, again.current);
  if (changed.size === 0) return { state: before, findings: [] };
  const isOfChanged = dependsOn(changed, limits);
  const current = mixed<unknown>(before.current, again.current, (name) => changed.has(name as CurrentName));
  const state: JudgeState = {
    ...before,
    current: current as Current,
    newestMs: Math.max(0, ...Object.values(current).map((value) => (value as { atMs: number }).atMs)),
    latches: mixed(before.latches, again.latches, (key) => isOfChanged(key.split('/')[0] ?? key)),
    told: mixed(before.told, again.told, isOfChanged),
    weights: changed.has('weightKg') ? again.weights : before.weights,
  };
  return { state, findings: [...holding(before, state, found), ...over(before, state, personId, nowMs)] };
}

interface RebuiltTerms {
  readonly limits: Limits;
  readonly person: JudgedPerson;
  readonly personId: string;
  readonly nowMs: number;
}

/** Everything from the beginning, with what was found last of each condition. */
function judgedAgain(samples: readonly Sample[], limits: Limits, person: JudgedPerson) {
  const found = new Map<string, Finding>();
  let state = NOTHING_KNOWN;
  for (const sample of samples) {
    const judgement = judge(state, sample, limits, person);
    state = judgement.state;
    for (const finding of judgement.findings) found.set(finding.condition, finding);
  }
  return { state, found };
}

/** Vital signs of which people said the newest value, and do not say so any more. */
function changedIn(before: Current, again: Current): ReadonlySet<CurrentName> {
  const names = Object.keys(before) as CurrentName[];
  return new Set(
    names.filter((name) => {
      const [was, is] = [before[name], again[name]];
      const isOfRecord = was?.source === 'manual' || was?.source === 'fhir';
      return isOfRecord && (is?.value !== was.value || is.atMs !== was.atMs);
    }),
  );
}

/** Whether a condition hangs on any of these. That nothing comes any more, and what can't be, hang on what came. */
function dependsOn(changed: ReadonlySet<CurrentName>, limits: Limits): (condition: string) => boolean {
  const conditions = new Set(
    limits.rules
      .filter(({ judged, onOxygenOnly }) => changed.has(judged) || (onOxygenOnly && changed.has('onOxygen')))
      .map(({ condition }) => condition),
  );
  if (changed.has('weightKg')) conditions.add('weight_gain');
  const isScored = [...changed].some((name) => SCORED.has(name));
  return (condition) => conditions.has(condition) || (isScored && condition.startsWith('news2_'));
}

function mixed<V>(
  before: Readonly<Record<string, V>>,
  again: Readonly<Record<string, V>>,
  isAgain: (key: string) => boolean,
): Record<string, V> {
  return Object.fromEntries([
    ...Object.entries(before).filter(([key]) => !isAgain(key)),
    ...Object.entries(again).filter(([key]) => isAgain(key)),
  ]);
}

/** What a record had ended that is taken back now holds again. */
const holding = (before: JudgeState, { told }: JudgeState, found: ReadonlyMap<string, Finding>): Finding[] =>
  Object.keys(told).flatMap((condition) => {
    const finding = before.told[condition] ? undefined : found.get(condition);
    return finding?.state === 'holds' ? [finding] : [];
  });

const over = (before: JudgeState, after: JudgeState, personId: string, atMs: number): Finding[] =>
  Object.entries(before.told).flatMap(([condition, { type, severity }]) =>
    after.told[condition]
      ? []
      : [{ personId, type, condition, state: 'over', severity, atMs, detail: { because: 'retracted' } }],
  );
