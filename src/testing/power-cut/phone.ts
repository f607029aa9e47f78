import { randomUUID } from 'node:crypto';
import type { CommandBody } from '../../client/commands.ts';
import {
  type Done,
  MusterClient,
  MusterError,
  type StreamHandlers,
  type Subscription,
} from '../../client/node.ts';
import type { LatLng } from '../../geo/lat-lng.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import type { CommandKind } from '../../protocol/up.ts';
import type { Person } from '../../sim/people.ts';
import type { Witness } from './witness.ts';

/** Longer than any outage here: a command that is not answered by then was forgotten by somebody. */
const ANSWER_WITHIN_MS = 120_000;

export interface Answer {
  readonly commandId: string;
  readonly done: Done;
}

/** Somebody's client, and the witness beside it. It comes back by itself; nothing here knows of power cuts. */
export class Phone {
  readonly userId: string;
  readonly random: Random;
  readonly witness: Witness;
  readonly #client: MusterClient;
  #sentFixes = 0;
  #ackedSeq = 0;

  constructor(url: string, person: Person, witness: Witness, random: Random) {
    this.userId = person.userId;
    this.random = random;
    this.witness = witness;
    const deviceId = randomUUID();
    this.#client = new MusterClient({ url, token: person.token, device: { id: deviceId }, random });
    this.#client.onAck = (seq) => {
      this.#ackedSeq = Math.max(this.#ackedSeq, seq);
    };
    witness.follows(() => ({
      deviceId,
      sent: this.#sentFixes,
      ackedSeq: this.#ackedSeq,
      epochBreaks: [...this.#client.telemetry.epochBreaks.values()].reduce((sum, n) => sum + n, 0),
    }));
  }

  async begin(): Promise<void> {
    this.#client.connect();
    await this.#client.ready();
  }

  /** Answers null when it was refused with one of `understood`; any other refusal contradicts what was said before. */
  async command<K extends CommandKind>(
    kind: K,
    body: CommandBody<K>,
    understood: readonly string[] = [],
  ): Promise<Answer | null> {
    const commandId = randomUUID();
    try {
      const done = await this.#client.command(kind, body, { id: commandId, timeoutMs: ANSWER_WITHIN_MS });
      return { commandId, done };
    } catch (error) {
      const code = error instanceof MusterError ? error.code : String(error);
      if (!understood.includes(code)) {
        this.witness.contradicted(`${kind} by ${this.userId} was refused: ${code} (${JSON.stringify(body)})`);
      }
      return null;
    }
  }

  follow(
    stream: string,
    afterSeq: number | null,
    onEvent: StreamHandlers['onEvent'] = () => {},
  ): Subscription {
    const watched = this.witness.watches(stream, afterSeq);
    const handlers: StreamHandlers = {
      onEvent: (event) => {
        watched.event(event);
        onEvent(event);
      },
      onSnapshot: watched.snapshot,
    };
    return this.#client.subscribe(stream, handlers, afterSeq);
  }

  sendFix(point: LatLng): void {
    this.#sentFixes += 1;
    this.#client.sendFix({ atMs: systemClock.nowMs(), ...point });
  }

  /** A moment's thought, up to so long. */
  think(atMostMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.random() * atMostMs));
  }

  flushed(): Promise<void> {
    return this.#client.flushed();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
