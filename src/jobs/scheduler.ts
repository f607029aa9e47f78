import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Random } from '../lib/random.ts';
import type { Db } from '../store/db.ts';
import type { Job } from './job.ts';
import { type Claim, type JobRows, pgJobRows } from './pg.ts';

export interface SchedulerParts {
  readonly db: Db;
  readonly jobs: readonly Job[];
  /** A UUID of this node's run. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings?: Partial<SchedulerSettings>;
}

export interface SchedulerSettings {
  /** How often it is asked what is due; each wait is this, give or take a half. */
  readonly pollMs: number;
  /** A node silent for so long has lost its job to the others. Renewed at a third of it. */
  readonly leaseMs: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

const DEFAULT_SETTINGS: SchedulerSettings = {
  pollMs: 1_000,
  leaseMs: 30_000,
  retryBaseMs: 1_000,
  retryCapMs: 60_000,
};

/**
 * Runs jobs when they are due, one at a time on this node and each on one node at a time. When a node dies its lease
 * runs out and any other takes over. Needs nothing but Postgres; when that is away it goes on asking.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #settings: SchedulerSettings;
  readonly #rows: JobRows;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #stopped = new AbortController();
  #registered = false;
  #polling: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#settings = { ...DEFAULT_SETTINGS, ...parts.settings };
    this.#rows = pgJobRows(parts.db);
    this.#jobs = new Map(parts.jobs.map((job) => [job.name, job]));
  }

  start(): void {
    this.#cancelTimer = this.#parts.clock.after(0, () => this.#poll());
  }

  /** Asks the job at hand to come to an end and waits for it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#cancelTimer?.();
    await this.#polling;
  }

  #poll(): void {
    this.#polling = this.#runDue().then(() => {
      this.#polling = undefined;
      if (this.#stopped.signal.aborted) return;
      const waitMs = this.#settings.pollMs * (0.5 + this.#parts.random());
      this.#cancelTimer = this.#parts.clock.after(waitMs, () => this.#poll());
    });
  }

  async #runDue(): Promise<void> {
    const names = [...this.#jobs.keys()];
    try {
      if (!this.#registered) await this.#rows.register(names);
      this.#registered = true;
      while (!this.#stopped.signal.aborted) {
        const claim = await this.#rows.claim(this.#parts.owner, names, this.#settings.leaseMs);
        if (!claim) return;
        await this.#run(claim);
      }
    } catch (error) {
      this.#parts.log.warn(errorFields(error), 'the scheduler could not reach its table');
    }
  }

  async #run({ name, failures }: Claim): Promise<void> {
    const { owner, clock, random, log, metrics, db } = this.#parts;
    const job = this.#jobs.get(name);
    if (!job) return;
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, this.#stopped.signal]);
    const endRenewal = this.#keepLease(name, lost);
    const startedMs = clock.monotonicMs();
    try {
      await job.run({ db, clock, log: log.named(name), metrics, signal });
      await this.#rows.succeed(name, owner, job.everyMs);
      metrics.count('jobs_runs', { job: name, outcome: 'ok' });
    } catch (error) {
      metrics.count('jobs_runs', { job: name, outcome: 'failed' });
      log.error(
        { job: name, failures: failures + 1, ...errorFields(error) },
        'a job failed and will be tried again',
      );
      const { retryBaseMs, retryCapMs } = this.#settings;
      // At least the base: a job that fails at once must not be run in a loop.
      const waitMs = retryBaseMs + fullJitterMs(failures, retryBaseMs, retryCapMs, random);
      await this.#rows.fail(name, owner, waitMs, codeOf(error));
    } finally {
      endRenewal();
      metrics.observeMs('jobs_run_ms', clock.monotonicMs() - startedMs, { job: name });
    }
  }

  /** Renews the lease until told to end. A lease that is lost aborts the run; one that can't be renewed is tried again. */
  #keepLease(name: string, lost: AbortController): () => void {
    const { owner, clock, log } = this.#parts;
    const { leaseMs } = this.#settings;
    let ended = false;
    let cancel = () => {};
    const renewLater = () => {
      cancel = clock.after(leaseMs / 3, () => {
        this.#rows.renew(name, owner, leaseMs).then(
          (held) => {
            if (!held) lost.abort();
            else if (!ended) renewLater();
          },
          (error: unknown) => {
            log.warn({ job: name, ...errorFields(error) }, 'the lease of a job could not be renewed');
            if (!ended) renewLater();
          },
        );
      });
    };
    renewLater();
    return () => {
      ended = true;
      cancel();
    };
  }
}

/** A code for `last_error`: the error's own, else its class. Never its message, which can carry values of rows. */
function codeOf(error: unknown): string {
  const { code, error: name } = errorFields(error);
  return String(code ?? name);
}
