import type { Clock } from '../lib/clock.ts';
import { isStarved, type SosState } from './machine/state.ts';

export interface StarvedWatchOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly open: () => Iterable<SosState>;
  /** Looks in memory only: nothing is written and nobody is asked. */
  readonly hasSomebodyToAsk: (state: SosState) => boolean;
  readonly onFound: (sosId: string) => void;
}

/**
 * Notices that somebody has come near an SOS for which nobody was left to ask, such as everybody after a restart.
 * The retry by deadline stays what can be relied on; this only is sooner.
 */
export class StarvedWatch {
  readonly #options: StarvedWatchOptions;
  #pending: (() => void) | null = null;
  #stopped = false;

  constructor(options: StarvedWatchOptions) {
    this.#options = options;
  }

  /** Somebody came, moved or changed. Many at once are one look. */
  changed(): void {
    if (this.#stopped) return;
    this.#pending ??= this.#options.clock.after(this.#options.everyMs, () => {
      this.#pending = null;
      this.#look();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#pending?.();
  }

  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const state of this.#options.open()) {
      if (isStarved(state, nowMs) && this.#options.hasSomebodyToAsk(state)) this.#options.onFound(state.id);
    }
  }
}
