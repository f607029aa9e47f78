import { type StreamSink, Subscription, type SubscriptionParts } from './subscription.ts';
import type { Viewer } from './types.ts';

/** What a session asks of the fan-out: listen to one stream, sending begins with `start`. */
export class Subscriptions {
  readonly #parts: SubscriptionParts;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  open(who: { viewer: Viewer; stream: string; sink: StreamSink }): Subscription {
    return new Subscription(this.#parts, who);
  }
}
