import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';

export interface UnusualReadingOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly unusualSubjectsPerHour: number;
  readonly onUnusualReading: (viewerId: string, subjects: number) => void;
}

const HOUR_MS = 3_600_000;
const VIEWERS_MAX = 10_000;

/** Counts how many different people somebody looks at in an hour of the clock, and tells once when they are many. */
export class UnusualReading {
  readonly #options: UnusualReadingOptions;
  readonly #subjects = new Map<string, Set<string>>();
  #hour = -1;

  constructor(options: UnusualReadingOptions) {
    this.#options = options;
  }

  saw(viewerId: string, subjectId: string): void {
    const { clock, metrics, unusualSubjectsPerHour: max, onUnusualReading } = this.#options;
    const hour = Math.floor(clock.nowMs() / HOUR_MS);
    if (hour !== this.#hour) this.#subjects.clear();
    this.#hour = hour;
    let subjects = this.#subjects.get(viewerId);
    if (!subjects) {
      if (this.#subjects.size >= VIEWERS_MAX) {
        metrics.count('audit_viewers_overflow_total');
        return;
      }
      subjects = new Set();
      this.#subjects.set(viewerId, subjects);
    }
    // One more than allowed is enough to know.
    if (subjects.size > max) return;
    subjects.add(subjectId);
    if (subjects.size > max) onUnusualReading(viewerId, subjects.size);
  }
}
