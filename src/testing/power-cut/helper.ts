import { randomUUID } from 'node:crypto';
import { destination } from '../../geo/lat-lng.ts';
import { SQUARE } from '../city.ts';
import type { Phone } from './phone.ts';

const FIX_EVERY_MS = 60;
/** One fix in so many is an impossible jump, which the engine counts instead of keeping it. */
const JUMP_EVERY = 25;
const WITHDRAWS = 0.15;
/** What may have happened to an offer between its sending and its acceptance. */
const TOO_LATE = ['offer_filled', 'offer_closed', 'sos_closed', 'not_eligible'];

interface Offer {
  readonly sosId: string;
  readonly offerId: string;
}

/** A volunteer on duty: streams fixes, accepts what is offered, one after the other, and sees each mission through. */
export class Helper {
  readonly #phone: Phone;
  readonly #bearingDeg: number;
  readonly #offers = new Map<string, Offer>();
  #isDone = false;
  #fixes = 0;
  #timer: NodeJS.Timeout | undefined;
  #wake = () => {};
  #working: Promise<void> = Promise.resolve();

  constructor(phone: Phone) {
    this.#phone = phone;
    this.#bearingDeg = phone.random() * 360;
  }

  /** On duty, and its position known. */
  async begin(): Promise<void> {
    const { userId, witness } = this.#phone;
    this.#phone.follow(`inbox:${userId}`, 0, (event) => {
      if (event.type === 'offer.sent') this.#offers.set(event.data.offerId, event.data);
      else if (event.type === 'offer.closed') this.#offers.delete(event.data.offerId);
      this.#wake();
    });
    const answer = await this.#phone.command('duty.set', { available: true });
    if (answer) witness.answered({ kind: 'duty', commandId: answer.commandId, userId });
    this.#moveOn();
    await this.#phone.flushed();
    this.#timer = setInterval(() => this.#moveOn(), FIX_EVERY_MS);
    this.#working = this.#work();
  }

  /** Takes nothing new. Resolves when every command is answered and every fix acknowledged. */
  async finish(): Promise<void> {
    this.stop();
    await this.#working;
    await this.#phone.flushed();
  }

  stop(): void {
    this.#isDone = true;
    this.#wake();
    clearInterval(this.#timer);
  }

  #moveOn(): void {
    this.#fixes += 1;
    const jumpM = this.#fixes % JUMP_EVERY === 0 ? 1_000_000 : 0;
    this.#phone.sendFix(destination(SQUARE, this.#bearingDeg, 100 + (this.#fixes % 50) + jumpM));
  }

  async #work(): Promise<void> {
    while (!this.#isDone) {
      const [offer] = this.#offers.values();
      if (!offer) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await this.#phone.think(80);
      this.#offers.delete(offer.offerId);
      if (await this.#accept(offer)) await this.#help(offer.sosId);
    }
  }

  async #accept(offer: Offer): Promise<boolean> {
    const { sosId, offerId } = offer;
    const answer = await this.#phone.command('offer.accept', { sosId, offerId }, TOO_LATE);
    const status = answer?.done.status;
    if (!answer || !status) return false;
    const { userId, witness } = this.#phone;
    witness.answered({ kind: 'accept', commandId: answer.commandId, userId, sosId, offerId, status });
    return true;
  }

  async #help(sosId: string): Promise<void> {
    const streams = [this.#phone.follow(`sos:${sosId}`, null), this.#phone.follow(`chat:${sosId}`, 0)];
    await this.#act(sosId, 'start');
    for (let said = 0; said < 2; said++) await this.#say(sosId);
    await this.#phone.think(80);
    await this.#act(sosId, this.#phone.random() < WITHDRAWS ? 'withdraw' : 'resolve');
    for (const stream of streams) stream.unsubscribe();
  }

  async #act(sosId: string, kind: 'start' | 'withdraw' | 'resolve'): Promise<void> {
    const answer = await this.#phone.command(`sos.${kind}`, { sosId });
    const status = answer?.done.status;
    if (!answer || !status) return;
    const { userId, witness } = this.#phone;
    witness.answered({ kind, commandId: answer.commandId, userId, sosId, status });
  }

  async #say(sosId: string): Promise<void> {
    const text = randomUUID();
    const answer = await this.#phone.command('chat.send', { sosId, text });
    const messageId = answer?.done.messageId;
    if (!answer || !messageId) return;
    const { userId, witness } = this.#phone;
    witness.answered({ kind: 'chat', commandId: answer.commandId, userId, sosId, messageId, text });
  }
}
