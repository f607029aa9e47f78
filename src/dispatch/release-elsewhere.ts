import type { Clock } from '../lib/clock.ts';
import type { KnownSos } from './known-sos.ts';
import type { SosState } from './machine/state.ts';
import type { Roster } from './roster.ts';

export interface ReleaseElsewhereOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly known: KnownSos;
  /** Ends what this person is asked in this SOS, and their part in it when it is a drill. False: it failed. */
  readonly release: (sosId: string, responderId: string) => Promise<boolean>;
}

/** After each failure it waits so long; by then most offers have ended by their deadline. */
const RETRY_AFTER_MS = [500, 1_000, 2_000, 4_000, 8_000, 16_000];

/**
 * Ends what somebody is asked elsewhere once they hold a slot of a real SOS, and takes them out of a drill. Each is an
 * ordinary command of its own stream, tried again a few times; should this node die first, those offers end by their
 * deadline, and until then nobody can accept one of them while holding this slot. A drill takes nobody from anything.
 */
export class ReleaseElsewhere {
  readonly #options: ReleaseElsewhereOptions;
  readonly #waiting = new Set<() => void>();
  readonly #trying = new Set<string>();
  #isStopped = false;

  constructor(options: ReleaseElsewhereOptions) {
    this.#options = options;
  }

  /** This person holds a slot of this SOS now. */
  holds(responderId: string, { id, isDrill }: SosState): void {
    if (!isDrill) this.#releaseAllBut(id, responderId);
  }

  /** They are there, or have moved: what a node that died, or did not know that they hold a slot, left behind ends now. */
  changed(responderId: string): void {
    const { roster } = this.#options;
    const sosId = roster.holding(responderId);
    if (sosId !== null && (roster.get(responderId)?.connections ?? 0) > 0)
      this.#releaseAllBut(sosId, responderId);
  }

  #releaseAllBut(id: string, responderId: string): void {
    const { roster, known } = this.#options;
    const drill = roster.drilling(responderId);
    const others = new Set(known.asking(responderId));
    if (drill) others.add(drill);
    others.delete(id);
    for (const sosId of others) {
      const key = `${sosId} ${responderId}`;
      if (this.#isStopped || this.#trying.has(key)) continue;
      this.#trying.add(key);
      this.#try(sosId, responderId, RETRY_AFTER_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }

  async #try(sosId: string, responderId: string, [waitMs, ...waitsMs]: readonly number[]): Promise<void> {
    const isDone = await this.#options.release(sosId, responderId);
    if (isDone || waitMs === undefined || this.#isStopped) return this.#ended(sosId, responderId);
    const cancel = this.#options.clock.after(waitMs, () => {
      this.#waiting.delete(cancel);
      const holding = this.#options.roster.holding(responderId, false);
      // Who has given it back meanwhile may well be asked.
      if (holding !== null && holding !== sosId) this.#try(sosId, responderId, waitsMs);
      else this.#ended(sosId, responderId);
    });
    this.#waiting.add(cancel);
  }

  #ended(sosId: string, responderId: string): void {
    this.#trying.delete(`${sosId} ${responderId}`);
  }
}
