import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';

export interface Contact {
  readonly deviceId: string;
  readonly userId: string;
  readonly atMs: number;
  readonly batteryPct: number | null;
}

export interface DeviceContactsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly write: (contacts: readonly Contact[]) => Promise<void>;
  readonly everyMs?: number;
  readonly devicesMax?: number;
}

const EVERY_MS = 5_000;
const DEVICES_MAX = 100_000;

/** Signs of life, gathered and written together: the newest of each device, at most one write at a time. */
export class DeviceContacts {
  readonly #deps: DeviceContactsDeps;
  #heard = new Map<string, Contact>();
  #cancel: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: DeviceContactsDeps) {
    this.#deps = deps;
  }

  /** What does not fit is dropped and counted: the device will be heard again. */
  heard(userId: string, deviceId: string, batteryPct: number | undefined): void {
    const { clock, metrics, devicesMax = DEVICES_MAX } = this.#deps;
    const key = `${userId} ${deviceId}`;
    const before = this.#heard.get(key);
    if (!before && this.#heard.size >= devicesMax) {
      metrics.count('accounts_device_contacts_dropped_total');
      return;
    }
    const battery = batteryPct === undefined ? (before?.batteryPct ?? null) : Math.round(batteryPct);
    this.#heard.set(key, { deviceId, userId, atMs: clock.nowMs(), batteryPct: battery });
    this.#cancel ??= clock.after(this.#deps.everyMs ?? EVERY_MS, () => this.#flush());
  }

  async stop(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const contacts = [...this.#heard.values()];
    this.#heard = new Map();
    if (contacts.length === 0) return;
    this.#writing = this.#writing
      .then(() => this.#deps.write(contacts))
      .catch((error: unknown) =>
        this.#deps.log.warn(errorFields(error), 'when devices were last heard could not be written'),
      );
  }
}
