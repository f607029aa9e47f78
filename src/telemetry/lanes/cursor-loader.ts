import { errorFields, type Logger } from '../../lib/log.ts';
import type { LaneStore, StoredEpoch } from './lane-store.ts';
import type { DeviceEpoch } from './types.ts';

type Done<Value> = (stored: StoredEpoch<Value> | null) => void;

const DEVICES_PER_LOAD = 500;

/**
 * Asks the store what it holds of devices, many in one statement and one statement at a time, so that ten thousand
 * devices coming back at once are twenty statements. Answers null when the store can't tell now.
 */
export class CursorLoader<Value> {
  readonly #store: LaneStore<Value>;
  readonly #log: Logger;
  readonly #waiting: { device: DeviceEpoch; done: Done<Value> }[] = [];
  #busy = false;

  constructor(store: LaneStore<Value>, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  load(device: DeviceEpoch, done: Done<Value>): void {
    this.#waiting.push({ device, done });
    if (this.#busy) return;
    this.#busy = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, DEVICES_PER_LOAD);
      const stored = await this.#loadBatch(batch.map(({ device }) => device));
      batch.forEach(({ done }, i) => {
        done(stored[i] ?? null);
      });
    }
    this.#busy = false;
  }

  async #loadBatch(devices: readonly DeviceEpoch[]): Promise<readonly StoredEpoch<Value>[]> {
    try {
      return await this.#store.load(devices);
    } catch (error) {
      this.#log.warn(errorFields(error), 'what is stored of devices is unknown for now');
      return [];
    }
  }
}
