import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Responder, Roster } from './roster.ts';
import type { DispatchStore } from './store.ts';

const EVERY_MS = 1_000;
const ROWS_AT_ONCE = 1_000;

/**
 * Keeps the read model of people in step with memory, once a second and only what changed. It may lag or be lost
 * for a second: accounts and telemetry hold the truth, and a node that starts reads both.
 */
export class RosterWriter {
  readonly #roster: Roster;
  readonly #store: Pick<DispatchStore, 'saveResponders'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #changed = new Set<string>();
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
    await this.flush();
  }

  async flush(): Promise<void> {
    const ids = [...this.#changed];
    this.#changed.clear();
    for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
      const page = ids.slice(from, from + ROWS_AT_ONCE);
      try {
        await this.#store.saveResponders(
          page.map((id) => this.#roster.get(id)).filter((r): r is Responder => !!r),
        );
      } catch (error) {
        for (const id of page) this.#changed.add(id);
        this.#log.warn(
          { responders: page.length, ...errorFields(error) },
          'the read model of responders lags; it is written again',
        );
        return;
      }
    }
  }
}
