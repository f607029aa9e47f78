import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fullJitterMs } from './lib/backoff.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/log.ts';
import type { Random } from './lib/random.ts';

/** A node says this to its supervisor once it serves. */
export const READY = 'ready';

export interface ProcessesOptions {
  readonly count: number;
  /** The program of one node, and what it is started with. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A node that is told to stop has so long before it is killed. */
  readonly stopWithinMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const AGAIN_BASE_MS = 500;
const AGAIN_CAP_MS = 30_000;
/** Who served for so long has not failed at starting. */
const STEADY_AFTER_MS = 60_000;

interface Seat {
  readonly number: number;
  child: ChildProcess | null;
  isReady: boolean;
  failures: number;
}

/**
 * Keeps so many nodes running on this host, each a process of its own on the same port: one that ends is started again,
 * and {@link restart} renews them one after another, each only once the one before serves.
 */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #seats: Seat[];
  /** All that run, those that are being ended among them. */
  readonly #children = new Set<ChildProcess>();
  #isStopping = false;
  #restarting: Promise<void> = Promise.resolve();

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.count }, (_, i) => ({
      number: i + 1,
      child: null,
      isReady: false,
      failures: 0,
    }));
  }

  /** Starts the first, which brings the database up to date, and then the others. False: it does not start at all. */
  async start(): Promise<boolean> {
    const [first, ...others] = this.#seats;
    if (!first) return false;
    this.#launch(first);
    if (!(await this.#served(first))) {
      this.#isStopping = true;
      return false;
    }
    for (const seat of others) this.#launch(seat);
    await Promise.all(others.map((seat) => this.#served(seat)));
    return true;
  }

  /** Renews every node, one after another, so that the others serve meanwhile. */
  restart(): Promise<void> {
    this.#restarting = this.#restarting.then(async () => {
      for (const seat of this.#seats) {
        if (this.#isStopping) return;
        this.#options.log.info({ process: seat.number }, 'renewing a node');
        await this.#end(seat);
        this.#launch(seat);
        await this.#served(seat);
      }
    });
    return this.#restarting;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#seats.map((seat) => this.#end(seat)));
  }

  /** Whoever still runs ends at once, in no order; what was acknowledged is safe, as after a crash. */
  kill(): void {
    this.#isStopping = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #launch(seat: Seat): void {
    const { program, args, env, clock, log } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const child = fork(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    seat.child = child;
    seat.isReady = false;
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    child.on('message', (message) => {
      if (message === READY) seat.isReady = true;
    });
    child.once('exit', (code, signal) => {
      if (seat.child !== child) return;
      seat.child = null;
      if (this.#isStopping) return;
      const isSteady = seat.isReady && clock.monotonicMs() - startedAtMs > STEADY_AFTER_MS;
      seat.failures = isSteady ? 0 : seat.failures + 1;
      seat.isReady = false;
      log.error({ process: seat.number, code, signal }, 'a node ended by itself; it is started again');
      this.#again(seat);
    });
  }

  #again(seat: Seat): void {
    const { clock, random } = this.#options;
    clock.after(fullJitterMs(seat.failures, AGAIN_BASE_MS, AGAIN_CAP_MS, random), () => {
      if (!this.#isStopping && seat.child === null) this.#launch(seat);
    });
  }

  /** Whether it serves, once it does or has ended. */
  async #served(seat: Seat): Promise<boolean> {
    const { child } = seat;
    while (child && seat.child === child && !seat.isReady) {
      await Promise.race([once(child, 'message'), once(child, 'exit')]);
    }
    return seat.isReady;
  }

  async #end(seat: Seat): Promise<void> {
    const { child } = seat;
    seat.child = null;
    seat.isReady = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const cancel = this.#options.clock.after(this.#options.stopWithinMs, () => child.kill('SIGKILL'));
    await ended;
    cancel();
  }
}
