import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { DatabaseProcess, type LaunchOptions } from './database-process.ts';

export interface SupervisorOptions {
  readonly launch: Omit<LaunchOptions, 'signal' | 'clock'>;
  readonly hangAfterMs: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onRestart: () => void;
  readonly clock: Clock;
}

const PING_EVERY_MS = 2_000;
const BACKOFF_BASE_MS = 100;
const BACKOFF_CAP_MS = 5_000;

/**
 * Keeps one database process alive. It never gives up, since a disk that is full now may have space later; the wait
 * between two attempts is bounded.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #process: DatabaseProcess | undefined;
  #launching: Promise<unknown> = Promise.resolve();
  readonly #stopping = new AbortController();
  #cancelWait: () => void = () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** The first start: fails when it fails. */
  async start(): Promise<void> {
    this.#adopt(await this.#launch());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelWait();
    await this.#launching;
    await this.#process?.stop();
  }

  #launch(): Promise<DatabaseProcess> {
    const { launch, clock } = this.#options;
    return DatabaseProcess.launch({ ...launch, clock, signal: this.#stopping.signal });
  }

  #adopt(database: DatabaseProcess): void {
    const { log } = this.#options;
    log.info({ pid: database.pid, prepared: database.prepared }, 'the embedded database is ready');
    this.#process = database;
    this.#watch(database);
    void database.exited.then((stderr) => {
      this.#process = undefined;
      if (this.#stopping.signal.aborted) return;
      log.error({ pid: database.pid, stderr }, 'the embedded database died and is started again');
      this.#options.metrics.count('embedded_database_deaths');
      this.#launchAfterWait(0);
    });
  }

  #launchAfterWait(attempt: number): void {
    const { clock } = this.#options;
    // Without jitter: there is only this one, it takes turns with nobody.
    const waitMs = attempt === 0 ? 0 : Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** attempt);
    this.#cancelWait = clock.after(waitMs, () => {
      this.#launching = this.#relaunch(attempt);
    });
  }

  async #relaunch(attempt: number): Promise<void> {
    try {
      const database = await this.#launch();
      this.#adopt(database);
      if (!this.#stopping.signal.aborted) this.#options.onRestart();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const sentence = error instanceof Error ? error.message : '';
      this.#options.log.error(
        { attempt, ...errorFields(error), sentence },
        'the embedded database did not start again',
      );
      this.#launchAfterWait(attempt + 1);
    }
  }

  #watch(database: DatabaseProcess): void {
    const { clock, hangAfterMs, log, metrics } = this.#options;
    clock.after(PING_EVERY_MS, () => {
      if (this.#process !== database || this.#stopping.signal.aborted) return;
      void database.ping(hangAfterMs).then((answered) => {
        if (answered) return this.#watch(database);
        if (this.#process !== database || this.#stopping.signal.aborted) return;
        log.error({ pid: database.pid, hangAfterMs }, 'the embedded database hangs and is killed');
        metrics.count('embedded_database_hangs');
        database.kill();
      });
    });
  }
}
