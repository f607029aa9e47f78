import { randomUUID } from 'node:crypto';
import { destination } from '../../geo/lat-lng.ts';
import { SQUARE } from '../city.ts';
import type { Phone } from './phone.ts';

/** After so long without an end, somebody calls again. */
const PATIENCE_MS = 4_000;

/** Calls for help again and again, follows each call to its end, and talks to who comes. */
export class Caller {
  readonly #phone: Phone;
  #isDone = false;
  #wake = () => {};
  #working: Promise<void> = Promise.resolve();

  constructor(phone: Phone) {
    this.#phone = phone;
  }

  begin(): void {
    this.#working = this.#work();
  }

  /** Calls now, whatever became of the call before. */
  callAgain(): void {
    this.#wake();
  }

  /** Calls no more. Resolves when every command is answered. */
  async finish(): Promise<void> {
    this.stop();
    await this.#working;
  }

  stop(): void {
    this.#isDone = true;
    this.#wake();
  }

  async #work(): Promise<void> {
    const talks: Promise<void>[] = [];
    while (!this.#isDone) {
      const sosId = await this.#raise();
      if (sosId && !this.#isDone) await this.#follow(sosId, talks);
      if (!this.#isDone) await this.#phone.think(150);
    }
    await Promise.all(talks);
  }

  async #raise(): Promise<string | null> {
    const { userId, witness, random } = this.#phone;
    const point = destination(SQUARE, random() * 360, random() * 100);
    const answer = await this.#phone.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'CRITICAL',
      point,
      description: randomUUID(),
    });
    const { sosId, status } = answer?.done ?? {};
    if (!answer || !sosId || !status) return null;
    witness.answered({ kind: 'create', commandId: answer.commandId, userId, sosId, status });
    return sosId;
  }

  async #follow(sosId: string, talks: Promise<void>[]): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    const sos = this.#phone.follow(`sos:${sosId}`, null, (event) => {
      if (event.type === 'sos.accepted') talks.push(this.#say(sosId));
      if (event.type === 'sos.resolved') this.#wake();
    });
    const chat = this.#phone.follow(`chat:${sosId}`, 0);
    await ended;
    this.#wake = () => {};
    for (const stream of [sos, chat]) stream.unsubscribe();
  }

  async #say(sosId: string): Promise<void> {
    const { userId, witness } = this.#phone;
    const text = randomUUID();
    // Who came may be done and gone before this is said.
    const answer = await this.#phone.command('chat.send', { sosId, text }, ['sos_closed']);
    const messageId = answer?.done.messageId;
    if (!answer || !messageId) return;
    witness.answered({ kind: 'chat', commandId: answer.commandId, userId, sosId, messageId, text });
  }
}
