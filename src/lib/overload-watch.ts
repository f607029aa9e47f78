import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metric.ts';
import { CALM, nextOverload, type Overload, overloadTriggers, type Pressure } from './overload.ts';

export interface OverloadWatchParts {
  /** What was measured since it was last called. */
  readonly measure: () => Pressure;
  /** How late the event loop may be; see {@link overloadTriggers}. */
  readonly loopFromMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Between two looks, so the most that a level changes in this time is one. */
export const LOOK_EVERY_MS = 2_000;

/** Looks regularly at how much there is to do, and tells when that changes what is given up. */
export class OverloadWatch {
  readonly #parts: OverloadWatchParts;
  readonly #triggers: ReturnType<typeof overloadTriggers>;
  readonly #listeners: ((overload: Overload) => void)[] = [];
  #now = CALM;
  #cancel = () => {};

  constructor(parts: OverloadWatchParts) {
    this.#parts = parts;
    this.#triggers = overloadTriggers(parts.loopFromMs);
    parts.metrics.gauge('overload_level', 0);
    this.#lookLater();
  }

  get now(): Overload {
    return this.#now;
  }

  /** Told of every change of level, after it counts. Must be quick and must not throw. */
  onChange(listener: (overload: Overload) => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#cancel();
  }

  #lookLater(): void {
    this.#cancel = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const { measure, metrics, log } = this.#parts;
    const pressure = measure();
    metrics.gauge('overload_loop_delay_ms', Math.round(pressure.loopDelayMs));
    metrics.gauge('overload_store_wait_ms', Math.round(pressure.storeWaitMs));
    metrics.gauge('overload_memory_share', pressure.memoryShare);
    metrics.gauge('overload_outbox_share', pressure.outboxShare);
    const before = this.#now;
    this.#now = nextOverload(before, pressure, this.#triggers);
    const { level, cause } = this.#now;
    if (level === before.level) return;
    metrics.gauge('overload_level', level);
    metrics.count('overload_changes', { level: String(level), cause: cause ?? 'none' });
    const figures = Object.fromEntries(
      Object.entries(pressure).map(([what, value]) => [what, Math.round(value * 100) / 100]),
    );
    const said = level > before.level ? 'too much to do: more is put off' : 'less to do: less is put off';
    log.warn({ level, cause, ...figures }, said);
    for (const listener of this.#listeners) listener(this.#now);
  }
}
