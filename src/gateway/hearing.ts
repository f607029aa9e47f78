import type { Clock } from '../lib/clock.ts';
import type { WayOut } from './outbox.ts';

/**
 * Whether the other side still reads, by the WebSocket pings that it answers: an answer says that everything before the ping was
 * read, wherever it was kept on the way. What it says by itself tells nothing of that, and what waits here little: the
 * systems of both sides keep tens of megabytes for somebody who reads none of it.
 *
 * Another ping goes out while one is unanswered, so that whoever is far behind and reads on is heard of in between.
 */
export class Hearing {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #asked = 0;
  /** Up to this one they are out of this process, but for what fits into a socket. */
  #left = 0;
  #answered = 0;
  /** Monotonic. */
  #askedAtMs: number;
  /** Monotonic: since when no answer has come that is waited for. */
  #waitsSinceMs = 0;

  /** `early`, 0 to 1: the first ping comes sooner by this part, so that those who came together are not asked together. */
  constructor(clock: Clock, everyMs: number, early: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#askedAtMs = clock.monotonicMs() - early * everyMs;
  }

  /** The payload of the ping that is to be sent now, or null. To be asked regularly. */
  due(): string | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedAtMs < this.#everyMs) return null;
    if (this.#asked === this.#answered) this.#waitsSinceMs = nowMs;
    this.#askedAtMs = nowMs;
    this.#asked += 1;
    return `${this.#asked}`;
  }

  /** A pong came. Those that nobody asked for say nothing (RFC 6455, 5.5.3), and one stands for those before it. */
  answered(payload: string): void {
    const number = Number(payload);
    if (!(Number.isInteger(number) && number > this.#answered && number <= this.#asked)) return;
    this.#answered = number;
    this.#waitsSinceMs = this.#clock.monotonicMs();
  }

  /**
   * How the way out is, after a ping that was due. One that is still behind a large frame could not be answered yet, so its time
   * has not begun while that moves.
   */
  see(wayOut: WayOut): void {
    if (wayOut === 'clear') this.#left = this.#asked;
    else if (wayOut === 'moves' && this.#answered >= this.#left)
      this.#waitsSinceMs = this.#clock.monotonicMs();
  }

  /** How long it has answered nothing though it was asked; 0: it has answered everything. */
  get deafMs(): number {
    return this.#asked === this.#answered ? 0 : this.#clock.monotonicMs() - this.#waitsSinceMs;
  }
}
