import type { Stored } from './plan.ts';
import type { FrameTimes, LaneName, RefusedReason } from './types.ts';

/** One row of a frame. */
export interface Arrival extends FrameTimes {
  readonly row: unknown;
}

export type Judgement<Value, Memory, Now> =
  | { readonly kind: 'refused'; readonly reason: RefusedReason; readonly memory: Memory }
  | {
      readonly kind: 'kept';
      readonly value: Value;
      /** What of it says how things are now; null: history only. */
      readonly told: Value | null;
      /** What became of it, as the metric says it. */
      readonly outcome: string;
      readonly memory: Memory;
      readonly now: Now;
    };

/**
 * What one lane does with its rows; the rest (numbers, cursors, batches, acknowledgements, memory) is the same for all.
 * Judging is pure: `Memory` is what is remembered of a device's epoch, `Now` of the device as it is now; neither is
 * changed in place.
 */
export interface LaneSteps<Value, Memory, Now> {
  readonly lane: LaneName;
  /** What one row takes up of the memory budget, generously. */
  readonly rowBytes: number;
  /** Where judging begins, given what the store has last of the epoch. */
  begin(last: Value | null): Memory;
  /** Judges the next row of the epoch. Never throws, whatever the row holds. */
  judge(memory: Memory, now: Now | undefined, arrival: Arrival): Judgement<Value, Memory, Now | undefined>;
  /**
   * Judges a row that has no number and is kept nowhere. `memory` is that of the epoch, where it is known; `told` is null
   * when it says nothing about now.
   */
  hint(
    memory: Memory | undefined,
    now: Now | undefined,
    arrival: Arrival,
  ): { readonly told: Value | null; readonly now: Now | undefined };
  /**
   * Tells who watches. Called in order and before anything is stored. A promise is waited for before it is stored: a
   * rejection means that it must be sent again. A hint has the number 0.
   */
  tell(row: Stored<Value>): Promise<void> | void;
}
