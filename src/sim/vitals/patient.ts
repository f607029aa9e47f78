import type { MusterClient } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import { impossibleIn, type Streamed } from './check.ts';
import type { MeasuredVitals } from './scenario.ts';

/** A patient whose device streams a recording, as if it were measured now. */
export class Patient {
  readonly #client: MusterClient;
  readonly #personId: string;
  readonly #ageYears: number | null;
  readonly #impossible = new Map<string, number>();
  #sent = 0;

  constructor(client: MusterClient, personId: string, ageYears: number | null) {
    this.#client = client;
    this.#personId = personId;
    this.#ageYears = ageYears;
  }

  async ready(): Promise<void> {
    await this.#client.ready();
  }

  measured(vitals: MeasuredVitals): void {
    for (const name of impossibleIn(vitals))
      this.#impossible.set(name, (this.#impossible.get(name) ?? 0) + 1);
    this.#sent += 1;
    this.#client.sendVitals({ atMs: systemClock.nowMs(), ...vitals });
  }

  /** What this device knows of itself now. */
  get streamed(): Streamed {
    return {
      personId: this.#personId,
      ageYears: this.#ageYears,
      sent: this.#sent,
      acknowledged: this.#sent - this.#client.telemetry.vitals.unacknowledged,
      impossible: this.#impossible,
    };
  }

  flushed(): Promise<void> {
    return this.#client.flushed();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
