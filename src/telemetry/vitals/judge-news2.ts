import type { Current, CurrentName } from './current.ts';
import type { Draft, Seen } from './draft.ts';
import type { Finding } from './finding.ts';
import { isSeenByPeople, severityOf } from './judge-rules.ts';
import type { JudgedPerson, JudgeState } from './judge-state.ts';
import type { Look, Reading } from './latch.ts';
import type { News2Rule } from './limits.ts';
import { highestRisk, NEWS2_PARAMETERS, NEWS2_RISKS, type News2Risk } from './news2.ts';
import type { Sample } from './sample.ts';
import { type Score, type ScoreResult, SOURCE_OF, scoreAt } from './score.ts';

const CONDITIONS = ['news2_low_medium', 'news2_medium', 'news2_high'] as const;
type Condition = (typeof CONDITIONS)[number];
const RISK_OF: Readonly<Record<Condition, News2Risk>> = {
  news2_low_medium: 'low_medium',
  news2_medium: 'medium',
  news2_high: 'high',
};

/**
 * A score is kept when it changes and people measured, or its risk or completeness changes; else, for a stream is noisy, not
 * more often than this; and every hour.
 */
const KEPT_EVERY_MS = 60_000;
const KEPT_AT_LEAST_EVERY_MS = 3_600_000;

export interface News2Input {
  readonly before: JudgeState;
  readonly sample: Sample;
  readonly fresh: readonly CurrentName[];
  readonly rule: News2Rule;
  readonly person: JudgedPerson;
}

/**
 * Scores what is known now, and finds the highest risk that holds, one at a time. What an incomplete score leaves open
 * changes nothing; what it has for certain counts: 5 or 7 points or more whatever is missing. A single 3 counts in a
 * complete score only, because the limits of the vital sign itself say so already.
 */
export function judgeNews2(
  draft: Draft,
  { before, sample, fresh, rule, person }: News2Input,
): { result: ScoreResult; keep: Score | null } {
  const { newestMs: atMs, current } = draft.state;
  const terms = { ...rule, dateOfBirth: person.dateOfBirth };
  const result = scoreAt(current, terms, atMs);
  if (!result.applies) {
    forget(draft, atMs, result.because);
    return { result, keep: null };
  }
  const { score } = result;
  const seen = seenOf(score, draft.state.current, { sample, fresh, durationMs: rule.durationMs });
  const look = {
    atMs,
    durationMs: rule.durationMs,
    seen,
    isAlone: before.newestMs === 0 || atMs - before.newestMs > rule.durationMs,
  };
  const held = heldOf(draft, score, look);
  const found = { type: 'news2', atMs, repeatMs: rule.repeatMs, detail: () => detailOf(score) } as const;
  // What begins comes before what ends: nobody is without an alert in between.
  if (held) draft.settle({ ...found, ...held });
  for (const condition of CONDITIONS) {
    if (condition !== held?.condition)
      draft.settle({ ...found, condition, severity: null, isSeenNow: false });
  }
  return { result, keep: keepOf(draft, score, seen.isNews) };
}

/** The highest risk that counts as reached. */
function heldOf(
  draft: Draft,
  score: Score,
  { seen, ...look }: Omit<Look, 'reading' | 'isSeen'> & { readonly seen: SeenByPeople },
) {
  let held: Pick<Seen, 'condition' | 'severity' | 'isSeenNow'> | null = null;
  for (const condition of CONDITIONS) {
    const reading = readingOf(score, condition);
    const isSeen = reading === 'clear' ? seen.isWhole : seen.hasPoints;
    const latch = draft.latch(condition, { ...look, reading, isSeen });
    if (latch?.isOn)
      held = { condition, severity: severityOf(condition, latch), isSeenNow: reading === 'crossed' };
  }
  return held;
}

/** What people had to do with a score. */
interface SeenByPeople {
  /** They measured a part of it anew. */
  readonly isNews: boolean;
  /** What they measured has points: that it is high is seen, and not a single value of a device. */
  readonly hasPoints: boolean;
  /** No stream has a say in it that goes on: that it is low is seen, and not a single value of a device. */
  readonly isWhole: boolean;
}

/** A weight or a note that comes between says nothing of a score that a stream makes. */
function seenOf(
  { parts, atMs }: Score,
  current: Current,
  { sample, fresh, durationMs }: Pick<News2Input, 'sample' | 'fresh'> & { readonly durationMs: number },
): SeenByPeople {
  const theirs = isSeenByPeople(sample)
    ? NEWS2_PARAMETERS.filter((parameter) => fresh.includes(SOURCE_OF[parameter]))
    : [];
  const isNews = theirs.length > 0;
  const isWhole =
    isNews &&
    NEWS2_PARAMETERS.every((parameter) => {
      const known = current[SOURCE_OF[parameter]];
      return known?.source !== 'device' || atMs - known.atMs > durationMs;
    });
  return { isNews, hasPoints: theirs.some((parameter) => (parts[parameter]?.score ?? 0) > 0), isWhole };
}

function readingOf(score: Score, condition: Condition): Reading {
  const from = rankOf(RISK_OF[condition]);
  if (rankOf(score.risk) >= from && (score.complete || score.risk !== 'low_medium')) return 'crossed';
  return rankOf(highestRisk(score)) < from ? 'clear' : 'unknown';
}

const rankOf = (risk: News2Risk) => NEWS2_RISKS.indexOf(risk);

function forget(draft: Draft, atMs: number, because: string): void {
  draft.dropLatches((key) => key.startsWith('news2_'));
  for (const condition of CONDITIONS) {
    const told = draft.state.told[condition];
    if (told) draft.end(condition, told, atMs, { because });
  }
}

function detailOf({
  total,
  atLeast,
  complete,
  missing,
  scale,
  risk,
  isAgeUnknown,
  parts,
}: Score): Finding['detail'] {
  const points = Object.fromEntries(
    NEWS2_PARAMETERS.map((parameter) => [`${parameter}Points`, parts[parameter]?.score ?? null]),
  );
  return { total, atLeast, complete, missing: missing.join(' '), scale, risk, isAgeUnknown, ...points };
}

function keepOf({ state }: Draft, score: Score, isSeen: boolean): Score | null {
  const { kept } = state;
  const { scale, total, atLeast, risk, complete, atMs } = score;
  const points = NEWS2_PARAMETERS.map((parameter) => score.parts[parameter]?.score ?? '-').join(' ');
  const key = `${scale}: ${points} = ${total ?? `${atLeast}+`}`;
  const sinceMs = kept === null ? Number.POSITIVE_INFINITY : atMs - kept.atMs;
  const isOther = kept !== null && (risk !== kept.risk || complete !== kept.complete);
  const isDue =
    sinceMs >= KEPT_AT_LEAST_EVERY_MS ||
    (key !== kept?.key && (isSeen || isOther || sinceMs >= KEPT_EVERY_MS));
  if (!isDue) return null;
  state.kept = { key, risk, complete, atMs };
  return score;
}
