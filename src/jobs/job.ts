import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';

/** What a run of a job may use. */
export interface JobContext {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborted when the node stops or has lost the lease: finish the step at hand and return. */
  readonly signal: AbortSignal;
}

/**
 * Something that one node at a time does every so often. It can be cut off anywhere and run again by another node, so
 * each step must be safe to repeat.
 */
export interface Job {
  /** Its name in `journal.jobs`, and in metrics and logs. */
  readonly name: string;
  /** From the end of one good run to the start of the next. */
  readonly everyMs: number;
  run(context: JobContext): Promise<void>;
}
