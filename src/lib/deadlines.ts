import type { Clock } from './clock.ts';
import { errorFields, type Logger } from './log.ts';
import type { Metrics } from './metric.ts';

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whose deadlines these are: the beginning of the names of their metrics. */
  readonly of: string;
  /** What is due by the store's clock, by id. */
  readonly claimDue: (limit: number) => Promise<string[]>;
  /** Looks at one again. Doing it twice must be harmless. */
  readonly onDue: (id: string) => Promise<void>;
  readonly sweepEveryMs: number;
}

const CLAIMED_AT_ONCE = 50;
const AGAIN_MS = 1_000;
/**
 * As many as a node keeps connections for SOS. Thousands can fall due at one moment: asked all at once, most would wait
 * for a connection until the store counted as away.
 */
const ACTED_ON_AT_ONCE = 4;

interface Turn {
  readonly over: Promise<void>;
  readonly end: () => void;
}

/**
 * The truth about deadlines is a row in the store; this is who acts on it. The node at hand keeps a timer and is
 * usually first; the sweep finds what any node has let slip, its own restarts included.
 */
export class Deadlines {
  readonly #options: DeadlineOptions;
  readonly #timers = new Map<string, () => void>();
  /** Due and not begun, the first first: at most one for each that is open. */
  readonly #waiting = new Map<string, Turn>();
  #actedOn = 0;
  #cancelSweep = () => {};
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Replaces the timer of this one, and what waits for its turn; null: nothing is due any more. */
  set(id: string, inMs: number | null): void {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    this.#leave(id);
    if (inMs === null || this.#stopped) return;
    const cancel = this.#options.clock.after(inMs, () => {
      this.#timers.delete(id);
      void this.#fire(id);
    });
    this.#timers.set(id, cancel);
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
    for (const id of [...this.#waiting.keys()]) this.#leave(id);
    await this.#sweeping;
  }

  /** Takes over everything that is due and that nobody is working on. */
  async sweep(): Promise<void> {
    try {
      for (let claimed = CLAIMED_AT_ONCE; claimed === CLAIMED_AT_ONCE && !this.#stopped; ) {
        const due = await this.#options.claimDue(CLAIMED_AT_ONCE);
        claimed = due.length;
        if (claimed > 0) this.#options.metrics.count(`${this.#options.of}_deadlines_swept`, {}, claimed);
        await Promise.all(due.map((id) => this.#fire(id)));
      }
    } catch (error) {
      this.#options.log.warn(
        errorFields(error),
        'due deadlines could not be read; they are looked for again',
      );
    }
  }

  /** Resolves when it was acted on in its turn, or when it is not due any more. */
  #fire(id: string): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const turn = this.#waiting.get(id) ?? newTurn();
    this.#waiting.set(id, turn);
    this.#next();
    return turn.over;
  }

  #leave(id: string): void {
    this.#waiting.get(id)?.end();
    this.#waiting.delete(id);
  }

  #next(): void {
    for (const [id, { end }] of this.#waiting) {
      if (this.#actedOn >= ACTED_ON_AT_ONCE) return;
      this.#waiting.delete(id);
      this.#actedOn += 1;
      void this.#act(id).then(() => {
        this.#actedOn -= 1;
        end();
        this.#next();
      });
    }
  }

  async #act(id: string): Promise<void> {
    try {
      await this.#options.onDue(id);
    } catch (error) {
      this.#options.metrics.count(`${this.#options.of}_deadline_failed`);
      this.#options.log.warn(
        { id, ...errorFields(error) },
        'a deadline could not be acted on; it is tried again',
      );
      // While the store is away the sweep finds nothing.
      if (!this.#timers.has(id)) this.set(id, AGAIN_MS);
    }
  }
}

function newTurn(): Turn {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}
