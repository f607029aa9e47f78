import type { Stored } from '../lanes/plan.ts';
import type { DeviceEpoch } from '../lanes/types.ts';
import type { KeptFix, TimedFix } from '../positions/fix.ts';

/** What came in of one device, as far as the store has to know it before anything is decided. */
export interface Knock {
  readonly device: DeviceEpoch;
  /** How far this node believes its numbers to go; anything else makes the store say what its last fix was. */
  readonly believedSeq: number | null;
  /** Of everything that can be recognised when it is sent again. */
  readonly keys: readonly string[];
}

/** How a device stands under the lock of its cursor. */
export interface Standing {
  readonly seq: number;
  /** The newest fix of the last day; undefined: what this node believes is right. */
  readonly last: TimedFix | null | undefined;
  /** Which of the keys were never seen before. */
  readonly fresh: ReadonlySet<string>;
}

export interface CountedRefusal {
  readonly device: DeviceEpoch;
  /** Midnight UTC of the day it was received, milliseconds. */
  readonly dayMs: number;
  readonly reason: string;
  readonly rows: number;
}

/** What last went wrong with a device. */
export interface Trouble {
  readonly device: DeviceEpoch;
  readonly reason: string;
  /** In words of ours that hold nothing of what was sent. */
  readonly detail: string | null;
  readonly atMs: number;
}

/** What one transaction writes. */
export interface UnnumberedPlan {
  readonly kept: readonly Stored<KeptFix>[];
  readonly cursors: readonly { readonly device: DeviceEpoch; readonly seq: number }[];
  readonly refused: readonly CountedRefusal[];
  readonly troubles: readonly Trouble[];
}

/** The store of what comes without numbers. An error that isn't `DataRefused` means: unknown, to be sent again. */
export interface UnnumberedStore {
  /**
   * One transaction: locks the cursors of the devices, remembers the keys, asks `decide` what to write, writes it and
   * commits. `decide` gets how each device stands by its key and may be asked more than once.
   */
  commit<Plan extends UnnumberedPlan>(
    knocks: readonly Knock[],
    receivedAtMs: number,
    decide: (standings: ReadonlyMap<string, Standing>) => Plan,
  ): Promise<Plan>;
  /** The newest fix of the last day of one device. */
  lastFix(device: DeviceEpoch): Promise<TimedFix | null>;
}
