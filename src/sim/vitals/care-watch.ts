import type { MusterClient } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';

/** Somebody of the care team: hears of every alert, and how soon after what it is about. */
export class CareWatch {
  /** From the measuring of what an alert is about to its arrival here; both by this machine's clock. */
  readonly latenciesMs: number[] = [];
  readonly #client: MusterClient;
  readonly #inbox: string;
  readonly #counts = new Map<string, number>();

  constructor(client: MusterClient, userId: string) {
    this.#client = client;
    this.#inbox = `inbox:${userId}`;
  }

  /** How many events came, by type. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  async begin(): Promise<void> {
    await this.#client.ready();
    this.#client.subscribe(
      this.#inbox,
      {
        onSnapshot: () => {},
        onEvent: ({ type, data }) => {
          this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
          if (type === 'alert.opened') this.latenciesMs.push(systemClock.nowMs() - data.alert.firstAtMs);
        },
      },
      0,
    );
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
