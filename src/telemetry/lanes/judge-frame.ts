import type { LaneSteps } from './steps.ts';
import type { Judged, LaneFrame } from './types.ts';

export interface JudgedFrame<Value, Memory, Now> {
  readonly memory: Memory;
  readonly now: Now | undefined;
  /** What was not judged before. */
  readonly rows: Judged<Value>[];
  /** What says how things are now, in order. */
  readonly told: { readonly seq: number; readonly value: Value }[];
  readonly outcomes: ReadonlyMap<string, number>;
}

/** What is remembered of a device before a frame. */
export interface Remembered<Memory, Now> {
  /** Everything up to this number was judged. */
  readonly judgedSeq: number;
  readonly memory: Memory;
  readonly now: Now | undefined;
}

/**
 * Judges a frame row by row; a bad one never spoils the others. The number comes first, so that a bad row that is sent
 * again isn't counted again.
 */
export function judgeFrame<Value, Memory, Now>(
  steps: LaneSteps<Value, Memory, Now>,
  before: Remembered<Memory, Now>,
  frame: LaneFrame,
  receivedAtMs: number,
): JudgedFrame<Value, Memory, Now> {
  const { sentAtMs } = frame;
  const rows: Judged<Value>[] = [];
  const told: { seq: number; value: Value }[] = [];
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  let { memory, now } = before;
  frame.rows.forEach((row, i) => {
    const seq = frame.seq + i;
    if (seq <= before.judgedSeq) return;
    const judgement = steps.judge(memory, now, { row, sentAtMs, receivedAtMs });
    memory = judgement.memory;
    if (judgement.kind === 'refused') {
      rows.push({ seq, refused: judgement.reason });
      count(judgement.reason);
      return;
    }
    now = judgement.now;
    rows.push({ seq, value: judgement.value });
    if (judgement.told !== null) told.push({ seq, value: judgement.told });
    count(judgement.outcome);
  });
  return { memory, now, rows, told, outcomes };
}
