import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';

const ONCE_IN_MS = 10_000;

/** Says once in a while what fails hundreds of times a second when a server is gone, and counts all of it. */
export class RateLimitedLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
  }

  failed(error: unknown): void {
    this.#metrics.count('redis_errors_total');
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#saidAtMs < ONCE_IN_MS) {
      this.#unsaid += 1;
      return;
    }
    // Only code and name: the error of a Cluster can hold whole connections.
    const { code, error: name } = errorFields(error);
    this.#log.warn({ code, error: name, unsaid: this.#unsaid }, 'Redis does not answer; the log is tailed');
    this.#saidAtMs = nowMs;
    this.#unsaid = 0;
  }
}
