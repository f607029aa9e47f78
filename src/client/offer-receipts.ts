import type { StreamEvent } from '../protocol/down.ts';
import type { Snapshot } from './stream-subscription.ts';
import type { Send } from './types.ts';

/** Looks that could not be sent yet; the oldest is forgotten first, because a receipt decides nothing. */
const MOST_UNSENT = 100;

/** What the inbox says while it is still being read up on: sent when it is clear which offers are still open. */
type Waiting = Map<string, string>;

/**
 * Tells the server that this device has an offer, by itself, and that its person has looked at one, when the application
 * says so. Once per offer and connection; lost ones do no harm.
 */
export class OfferReceipts {
  readonly #send: Send;
  readonly #told = new Set<string>();
  readonly #waiting: Waiting = new Map();
  readonly #unsent = new Map<string, string>();
  #open = false;

  constructor(send: Send) {
    this.#send = send;
  }

  opened(): void {
    this.#open = true;
    for (const [offerId, sosId] of this.#unsent) this.#say(sosId, offerId, true);
    this.#unsent.clear();
  }

  closed(): void {
    this.#open = false;
    this.#told.clear();
    this.#waiting.clear();
  }

  /** An event of an inbox; `isCatchingUp`: what comes next may close what it offers. */
  event(event: StreamEvent, isCatchingUp: boolean): void {
    if (event.type === 'offer.closed') {
      this.#waiting.delete(event.data.offerId);
      return;
    }
    if (event.type !== 'offer.sent') return;
    const { sosId, offerId } = event.data;
    if (isCatchingUp) this.#waiting.set(offerId, sosId);
    else this.#delivered(sosId, offerId);
  }

  snapshot({ view }: Snapshot): void {
    if (!('offers' in view)) return;
    for (const { sosId, offerId } of view.offers) this.#delivered(sosId, offerId);
  }

  /** The inbox is read up on: what was offered and not closed is open. */
  caughtUp(): void {
    for (const [offerId, sosId] of this.#waiting) this.#delivered(sosId, offerId);
    this.#waiting.clear();
  }

  seen(sosId: string, offerId: string): void {
    if (this.#open) {
      this.#say(sosId, offerId, true);
      return;
    }
    this.#unsent.set(offerId, sosId);
    const [oldest] = this.#unsent.keys();
    if (this.#unsent.size > MOST_UNSENT && oldest !== undefined) this.#unsent.delete(oldest);
  }

  #delivered(sosId: string, offerId: string): void {
    if (this.#open) this.#say(sosId, offerId, false);
  }

  #say(sosId: string, offerId: string, isSeen: boolean): void {
    const key = `${offerId} ${isSeen}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#send(['offer.receipt', { sosId, offerId, isSeen }]);
  }
}
