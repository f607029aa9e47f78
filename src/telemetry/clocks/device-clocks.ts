import type { Clock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import { LruMap } from '../lanes/lru-map.ts';
import { better, type ClockReading, readingOf } from './clock-offset.ts';

export interface DeviceClock extends ClockReading {
  readonly userId: string;
  readonly deviceId: string;
}

export interface ClockStore {
  /** Keeps the newest of each device. */
  put(clocks: readonly DeviceClock[]): Promise<void>;
}

export interface DeviceClocksParts {
  readonly store: ClockStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const WRITTEN_EVERY_MS = 30_000;
const DEVICES_MAX = 100_000;
/** Changes waiting to be written; what is beyond is measured again in a minute. */
const WAITING_MAX = 20_000;
const PER_WRITE = 1_000;

/** How far the clocks of devices are off: for people who look into a device, never for ordering or dating anything. */
export class DeviceClocks {
  readonly #parts: DeviceClocksParts;
  readonly #known = new LruMap<DeviceClock>(DEVICES_MAX);
  readonly #waiting = new Map<string, DeviceClock>();
  #cancel: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: DeviceClocksParts) {
    this.#parts = parts;
  }

  /** A device has said what its clock shows. */
  read(
    { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
    deviceAtMs: number,
    asked: { readonly askedAtMs: number; readonly roundTripMs: number },
  ): void {
    if (!isUuid(userId) || !isUuid(deviceId)) return;
    const key = `${userId}/${deviceId}`;
    const known = this.#known.get(key);
    const reading = better(known, readingOf(deviceAtMs, asked));
    if (reading === known) return;
    const device = { userId, deviceId, ...reading };
    this.#known.set(key, device);
    if (!this.#waiting.has(key) && this.#waiting.size >= WAITING_MAX) return;
    this.#waiting.set(key, device);
    this.#cancel ??= this.#parts.clock.after(WRITTEN_EVERY_MS, () => {
      this.#cancel = null;
      this.#writing = this.#write();
    });
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    await this.#write();
  }

  /** What can't be written is measured again. */
  async #write(): Promise<void> {
    const clocks = [...this.#waiting.values()];
    this.#waiting.clear();
    for (let i = 0; i < clocks.length; i += PER_WRITE) {
      try {
        await this.#parts.store.put(clocks.slice(i, i + PER_WRITE));
      } catch (error) {
        this.#parts.log.warn(errorFields(error), 'clocks of devices could not be written');
        return;
      }
    }
  }
}
