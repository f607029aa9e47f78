import { take } from './current.ts';
import { Draft } from './draft.ts';
import type { Finding } from './finding.ts';
import { judgeDoubts } from './judge-doubts.ts';
import { judgeNews2 } from './judge-news2.ts';
import { judgeRules, leaveRules } from './judge-rules.ts';
import type { JudgedPerson, JudgeState } from './judge-state.ts';
import { judgeWeight } from './judge-weight.ts';
import type { Limits } from './limits.ts';
import type { Sample } from './sample.ts';
import type { Score, ScoreResult } from './score.ts';
import { noteStreams } from './silence.ts';

export interface Judgement {
  readonly state: JudgeState;
  /** In the order in which they were made: silence that is over, limits in the order of the rules, weight, NEWS2, devices. */
  readonly findings: readonly Finding[];
  /** The score as it is with this sample; null: nothing of the sample was new. */
  readonly result: ScoreResult | null;
  /** That score, when it is to be kept. */
  readonly keep: Score | null;
}

/**
 * What one more sample of a person means. Pure: everything follows from the samples, in the order in which they came, their
 * own times and the limits, so whoever judges the same again comes to the same.
 */
export function judge(before: JudgeState, sample: Sample, limits: Limits, person: JudgedPerson): Judgement {
  const { current, fresh } = take(before.current, sample);
  const draft = new Draft(before, sample.personId);
  draft.state.current = current;
  draft.state.newestMs = Math.max(before.newestMs, fresh.length > 0 ? sample.recordedAtMs : 0);
  if (before.version !== limits.version) leaveRules(draft, limits, sample.recordedAtMs);
  draft.state.version = limits.version;

  noteStreams(draft, sample, limits.noData);
  judgeRules(draft, { before, sample, fresh, limits });
  if (fresh.includes('weightKg')) judgeWeight(draft, sample, limits.weightGain);
  const { result, keep } =
    fresh.length > 0
      ? judgeNews2(draft, { before, sample, fresh, rule: limits.news2, person })
      : { result: null, keep: null };
  judgeDoubts(draft, sample, fresh);
  return { state: draft.state, findings: draft.findings, result, keep };
}
