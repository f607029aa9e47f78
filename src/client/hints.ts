import type { Clock } from '../lib/clock.ts';
import type { FixRow } from './fix.ts';
import type { SampleRow } from './samples.ts';

/** Once a second, and one ahead: a sample that is taken each second is then told when it is taken, not up to a second later. */
const EVERY_MS = 1_000;
const AHEAD_MS = 1_000;

export interface HintsDeps {
  readonly clock: Clock;
  /** The newest of each lane that has to wait; null where it has not. */
  readonly newest: () => { readonly fix: FixRow | null; readonly vitals: SampleRow | null };
  readonly send: (newest: { fix?: FixRowBody; vitals?: SampleRowBody }) => void;
}

type FixRowBody = (number | null)[];
type SampleRowBody = unknown[];

/** Says how things are now while the newest of a lane has to wait: behind a backlog it would be said last. */
export class Hints {
  readonly #deps: HintsDeps;
  #sent: { fix: FixRow | null; vitals: SampleRow | null } = { fix: null, vitals: null };
  #isOpen = false;
  /** When the next would be due, if none were sent ahead (the generic cell rate algorithm). */
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(deps: HintsDeps) {
    this.#deps = deps;
  }

  opened(): void {
    this.#isOpen = true;
    this.#sent = { fix: null, vitals: null };
    this.#dueAtMs = Number.NEGATIVE_INFINITY;
    this.changed();
  }

  closed(): void {
    this.#isOpen = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** There is something newer. */
  changed(): void {
    if (!this.#isOpen || this.#cancel) return;
    const waitMs = this.#dueAtMs - AHEAD_MS - this.#deps.clock.monotonicMs();
    if (waitMs <= 0) this.#send();
    else {
      this.#cancel = this.#deps.clock.after(waitMs, () => {
        this.#cancel = null;
        this.#send();
      });
    }
  }

  #send(): void {
    const newest = this.#deps.newest();
    const fix = newest.fix === this.#sent.fix ? null : newest.fix;
    const vitals = newest.vitals === this.#sent.vitals ? null : newest.vitals;
    if (!fix && !vitals) return;
    this.#sent = { fix: newest.fix, vitals: newest.vitals };
    this.#dueAtMs = Math.max(this.#dueAtMs, this.#deps.clock.monotonicMs()) + EVERY_MS;
    this.#deps.send({ ...(fix ? { fix: [...fix] } : {}), ...(vitals ? { vitals: [...vitals] } : {}) });
  }
}
