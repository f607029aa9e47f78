import type { Clock } from '../../lib/clock.ts';

/** Work that is done again and again, one turn after another, and sooner when there is a reason. */
export class Beat {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** Must not reject. */
  readonly #work: () => Promise<void>;
  #turn: Promise<void> = Promise.resolve();
  #cancel = () => {};
  #cancelPause: (() => void) | null = null;
  #isAskedAgain = false;
  #isStopped = false;

  constructor(clock: Clock, everyMs: number, work: () => Promise<void>) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#work = work;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#clock.after(this.#everyMs, () => void this.#inTurn().then(() => this.start()));
  }

  /** A turn now, unless the last one that was asked for began less than this ago: then one when that has passed. */
  soon(apartMs: number): void {
    if (this.#isStopped) return;
    if (this.#cancelPause) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isAskedAgain = false;
    void this.#inTurn();
    this.#cancelPause = this.#clock.after(apartMs, () => {
      this.#cancelPause = null;
      if (this.#isAskedAgain) this.soon(apartMs);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#cancelPause?.();
  }

  #inTurn(): Promise<void> {
    this.#turn = this.#turn.then(this.#work);
    return this.#turn;
  }
}
