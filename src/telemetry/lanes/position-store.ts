import type { TimedFix } from '../positions/fix.ts';
import type { Plan } from './plan.ts';
import type { DeviceEpoch } from './types.ts';

/** What is stored of a device and epoch. */
export interface StoredTrack {
  /** Everything up to this number is stored; 0 is nothing. */
  readonly cursorSeq: number;
  /** The last fix in history, if it is less than a day old. */
  readonly last: TimedFix | null;
}

/** Where somebody was last, for rebuilding the live index when a node starts. */
export interface LastPosition {
  readonly userId: string;
  readonly lat: number;
  readonly lng: number;
  readonly receivedAtMs: number;
}

/** The room's store of positions. An error that isn't {@link DataRefused} means: unknown, try again. */
export interface PositionStore {
  /** One answer for each device, in the order asked. */
  load(devices: readonly DeviceEpoch[]): Promise<StoredTrack[]>;
  /**
   * One transaction: locks the cursors of the devices, asks `decide` what to write, writes it and commits. `decide`
   * gets the cursors by key and may be asked more than once. Throws {@link DataRefused} when the data is at fault.
   */
  commit(
    devices: readonly DeviceEpoch[],
    decide: (cursors: ReadonlyMap<string, number>) => Plan,
  ): Promise<Plan>;
  /** Up to `limit` people after `afterUserId` (null: from the start), by user id. */
  lastPositions(afterUserId: string | null, limit: number): Promise<LastPosition[]>;
}

/** The store took the statement and refused a value in it: sending the same again can't help. */
export class DataRefused extends Error {
  override readonly name = 'DataRefused';
  readonly code: string;

  constructor(code: string) {
    super(`the store refused a value (${code})`);
    this.code = code;
  }
}

/** What is stored of a device can't be read now. */
export class CursorUnknown extends Error {
  override readonly name = 'CursorUnknown';
  readonly code = 'store_unavailable';
}
