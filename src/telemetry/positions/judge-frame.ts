import type { JudgedFix, PositionsFrame } from '../lanes/types.ts';
import type { TimedFix } from './fix.ts';
import { judge, type RefusedReason, type Rules, type Track } from './pipeline.ts';

/** What becomes of a fix, as the metric says it. */
type Outcome = RefusedReason | 'live' | 'late' | 'stale';

export interface JudgedFrame {
  readonly track: Track;
  /** What was not judged before. */
  readonly fixes: JudgedFix[];
  /** The live ones, in order. */
  readonly moved: TimedFix[];
  readonly outcomes: ReadonlyMap<Outcome, number>;
}

/** Judges a frame fix by fix; a bad one never spoils the others. */
export function judgeFrame(
  before: Track,
  frame: PositionsFrame,
  receivedAtMs: number,
  rules: Rules,
): JudgedFrame {
  const { sentAtMs } = frame;
  const fixes: JudgedFix[] = [];
  const moved: TimedFix[] = [];
  const outcomes = new Map<Outcome, number>();
  const count = (outcome: Outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let track = before;
  frame.fixes.forEach((row, i) => {
    const seq = frame.seq + i;
    const judgement = judge(track, { seq, row, sentAtMs, receivedAtMs }, rules);
    if (judgement.kind === 'known') return;
    track = judgement.track;
    if (judgement.kind === 'refused') {
      fixes.push({ seq, refused: judgement.reason });
      count(judgement.reason);
      return;
    }
    const { fix, late, stale } = judgement;
    fixes.push({ seq, fix, late });
    if (!late) moved.push(fix);
    count(stale ? 'stale' : late ? 'late' : 'live');
  });
  return { track, fixes, moved, outcomes };
}

/** The last fix of a frame if it may count as "where this person is now", judged without remembering it. */
export function liveHint(
  track: Track,
  frame: PositionsFrame,
  receivedAtMs: number,
  rules: Rules,
): TimedFix | null {
  const row = frame.fixes.at(-1);
  if (!row) return null;
  const arrival = { seq: 1, row, sentAtMs: frame.sentAtMs, receivedAtMs };
  const judgement = judge({ ...track, judgedSeq: 0 }, arrival, rules);
  return judgement.kind === 'kept' && !judgement.late ? judgement.fix : null;
}
