import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Responder, Roster } from './roster.ts';
import type { DispatchStore } from './store.ts';

const EVERY_MS = 1_000;
/** Whoever only moves: each place costs the store an entry of a spatial index, and is read by nodes that start. */
export const MOVES_EVERY_MS = 10_000;
const ROWS_AT_ONCE = 1_000;

interface Written extends Pick<Responder, 'skills' | 'verified' | 'available'> {
  readonly hadPlace: boolean;
  readonly atMs: number;
}

/**
 * Keeps the read model of people in step with memory: what changed once a second, where somebody is every ten. It may lag
 * or be lost for as long: accounts and telemetry hold the truth, and devices say where they are when they come back.
 */
export class RosterWriter {
  readonly #roster: Roster;
  readonly #store: Pick<DispatchStore, 'saveResponders'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #changed = new Set<string>();
  /** What this node wrote last of whom. */
  readonly #written = new Map<string, Written>();
  #cancel = () => {};
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: {
    roster: Roster;
    store: Pick<DispatchStore, 'saveResponders'>;
    clock: Clock;
    log: Logger;
  }) {
    this.#roster = parts.roster;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  changed(userId: string): void {
    this.#changed.add(userId);
  }

  start(): void {
    this.#cancel = this.#clock.after(EVERY_MS, () => {
      this.#writing = this.flush().then(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#writing;
    this.#cancel();
    await this.flush(true);
  }

  /** Writes what is due, or everything. */
  async flush(isAll = false): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const due = this.#takeDue(isAll, nowMs);
    for (let from = 0; from < due.length; from += ROWS_AT_ONCE) {
      const page = due.slice(from, from + ROWS_AT_ONCE);
      const written = page.map((one) => [one.userId, writtenOf(one, nowMs)] as const);
      try {
        await this.#store.saveResponders(page);
      } catch (error) {
        for (const { userId } of due.slice(from)) this.#changed.add(userId);
        this.#log.warn(
          { responders: page.length, ...errorFields(error) },
          'the read model of responders lags; it is written again',
        );
        return;
      }
      for (const [userId, was] of written) this.#written.set(userId, was);
    }
  }

  #takeDue(isAll: boolean, nowMs: number): Responder[] {
    const due: Responder[] = [];
    for (const userId of this.#changed) {
      const responder = this.#roster.get(userId);
      if (responder && !isAll && this.#canWait(responder, nowMs)) continue;
      this.#changed.delete(userId);
      if (responder) due.push(responder);
      else this.#written.delete(userId);
    }
    return due;
  }

  #canWait({ userId, skills, verified, available, point }: Responder, nowMs: number): boolean {
    const was = this.#written.get(userId);
    if (!was || nowMs - was.atMs >= MOVES_EVERY_MS) return false;
    const isSame = was.skills === skills && was.verified === verified && was.available === available;
    return isSame && was.hadPlace === (point !== null);
  }
}

const writtenOf = ({ skills, verified, available, point }: Responder, atMs: number): Written => ({
  skills,
  verified,
  available,
  hadPlace: point !== null,
  atMs,
});
