import type { Plan } from './plan.ts';
import type { DeviceEpoch } from './types.ts';

/** What is stored of a device and epoch. */
export interface StoredEpoch<Value> {
  /** Everything up to this number is stored; 0 is nothing. */
  readonly cursorSeq: number;
  /** The newest row in history, where judging the next one needs it and it is less than a day old. */
  readonly last: Value | null;
}

/** The store of one lane. An error that isn't {@link DataRefused} means: unknown, try again. */
export interface LaneStore<Value> {
  /** One answer for each device, in the order asked. */
  load(devices: readonly DeviceEpoch[]): Promise<StoredEpoch<Value>[]>;
  /**
   * One transaction: locks the cursors of the devices, asks `decide` what to write, writes it and commits. `decide`
   * gets the cursors by key and may be asked more than once. Throws {@link DataRefused} when the data is at fault.
   */
  commit(
    devices: readonly DeviceEpoch[],
    decide: (cursors: ReadonlyMap<string, number>) => Plan<Value>,
  ): Promise<Plan<Value>>;
}

/** A value that the store refuses, or that none of its columns can hold: sending the same again can't help. */
export class DataRefused extends Error {
  override readonly name = 'DataRefused';
  readonly code: string;

  constructor(code: string) {
    super(`the store refused a value (${code})`);
    this.code = code;
  }
}
