import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** SOS whose deadline has passed by the store's clock. */
  readonly claimDue: (limit: number) => Promise<string[]>;
  /** Looks at one SOS again. Doing it twice is harmless: the stream's key decides. */
  readonly onDue: (sosId: string) => Promise<void>;
  readonly sweepEveryMs: number;
}

const CLAIMED_AT_ONCE = 50;

/**
 * The truth about deadlines is a row in the store; this is who acts on it. The node at hand keeps a timer and is
 * usually first; the sweep finds what any node has let slip, its own restarts included.
 */
export class Deadlines {
  readonly #options: DeadlineOptions;
  readonly #timers = new Map<string, () => void>();
  #cancelSweep = () => {};
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Replaces the timer of this SOS; null: nothing is due any more. */
  set(sosId: string, inMs: number | null): void {
    this.#timers.get(sosId)?.();
    this.#timers.delete(sosId);
    if (inMs === null || this.#stopped) return;
    const cancel = this.#options.clock.after(inMs, () => {
      this.#timers.delete(sosId);
      void this.#fire(sosId);
    });
    this.#timers.set(sosId, cancel);
  }

  start(): void {
    this.#cancelSweep = this.#options.clock.after(this.#options.sweepEveryMs, () => {
      this.#sweeping = this.sweep().then(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelSweep();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#sweeping;
  }

  /** Takes over everything that is due and that nobody is working on. */
  async sweep(): Promise<void> {
    try {
      for (let claimed = CLAIMED_AT_ONCE; claimed === CLAIMED_AT_ONCE && !this.#stopped; ) {
        const due = await this.#options.claimDue(CLAIMED_AT_ONCE);
        claimed = due.length;
        if (claimed > 0) this.#options.metrics.count('dispatch_deadlines_swept', {}, claimed);
        await Promise.all(due.map((sosId) => this.#fire(sosId)));
      }
    } catch (error) {
      this.#options.log.warn(
        errorFields(error),
        'due deadlines could not be read; they are looked for again',
      );
    }
  }

  async #fire(sosId: string): Promise<void> {
    try {
      await this.#options.onDue(sosId);
    } catch (error) {
      this.#options.metrics.count('dispatch_deadline_failed');
      this.#options.log.warn(
        { sosId, ...errorFields(error) },
        'a deadline could not be acted on; the sweep does it again',
      );
    }
  }
}
