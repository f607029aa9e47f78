import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { LIMITS } from '../protocol/limits.ts';
import { DispatchWatch, type WatchHandlers } from './dispatch-watch.ts';
import { localError } from './errors.ts';
import type { KnownLimits } from './limits.ts';
import type { OfferReceipts } from './offer-receipts.ts';
import {
  type Snapshot,
  type StreamDeps,
  type StreamHandlers,
  StreamSubscription,
} from './stream-subscription.ts';

export interface Subscription {
  /** The last number delivered or covered by a snapshot; null before the first. Of a feed always null. */
  readonly seq: number | null;
  /** Connected, and everything missed has come. */
  readonly isLive: boolean;
  unsubscribe(): void;
}

const ON_THE_FEED = /^(sos|alert):/;

/** All subscriptions of a client, begun again on each connection where they stood. */
export class Subscriptions {
  readonly #deps: StreamDeps;
  readonly #receipts: OfferReceipts;
  readonly #streams = new Map<string, StreamSubscription>();
  #watch: DispatchWatch | null = null;
  #open = false;
  #most: number = LIMITS.subscriptionsPerSocket;

  constructor(deps: StreamDeps, receipts: OfferReceipts) {
    this.#deps = deps;
    this.#receipts = receipts;
  }

  /** An SOS is being followed. */
  get isUrgent(): boolean {
    for (const stream of this.#streams.keys()) if (stream.startsWith('sos:')) return true;
    return false;
  }

  /** Throws `too_many` beyond the server's limit, and when the stream is already subscribed to. */
  subscribe(stream: string, handlers: StreamHandlers, afterSeq: number | null): Subscription {
    if (this.#streams.has(stream)) throw localError('too_many', `already subscribed to ${stream}`);
    if (this.#streams.size >= this.#most) throw localError('too_many', 'subscriptions');
    const subscription = new StreamSubscription(stream, handlers, afterSeq, this.#deps);
    this.#streams.set(stream, subscription);
    if (this.#open) subscription.opened();
    return {
      get seq() {
        return subscription.seq;
      },
      get isLive() {
        return subscription.isLive;
      },
      unsubscribe: () => this.#unsubscribe(subscription),
    };
  }

  /** Throws `too_many` while another watch is on: there is one feed. */
  watchDispatch(handlers: WatchHandlers): Subscription {
    if (this.#watch) throw localError('too_many', 'the dispatch feed is already watched');
    const watch = new DispatchWatch(handlers, this.#deps);
    this.#watch = watch;
    if (this.#open) watch.opened();
    return {
      seq: null,
      get isLive() {
        return watch.isLive;
      },
      unsubscribe: () => {
        watch.closed();
        if (this.#watch === watch) this.#watch = null;
      },
    };
  }

  opened(limits: KnownLimits): void {
    this.#open = true;
    this.#most = limits.subscriptionsPerSocket;
    for (const subscription of [...this.#streams.values()]) subscription.opened();
    this.#watch?.opened();
  }

  closed(): void {
    this.#open = false;
    for (const subscription of this.#streams.values()) subscription.closed();
    this.#watch?.closed();
  }

  event(event: StreamEvent): void {
    const subscription = this.#streams.get(event.stream);
    const watch = this.#watch;
    // What a subscription reads up on about an SOS that the feed does not show is not news to the feed.
    const isOnlyReadUp = subscription?.isCatchingUp && !watch?.knows(event.stream);
    if (subscription && event.stream.startsWith('inbox:'))
      this.#receipts.event(event, subscription.isCatchingUp);
    subscription?.event(event);
    if (watch && ON_THE_FEED.test(event.stream) && !isOnlyReadUp) watch.event(event);
  }

  snapshot(snapshot: Snapshot): void {
    const subscription = this.#streams.get(snapshot.stream);
    if (!subscription) return;
    this.#receipts.snapshot(snapshot);
    subscription.snapshot(snapshot);
  }

  subscribed(body: DownBody<'subscribed'>): void {
    this.#streams.get(body.stream)?.subscribed(body.headSeq);
    if (body.stream.startsWith('inbox:')) this.#receipts.caughtUp();
  }

  unsubscribed(body: DownBody<'unsubscribed'>): void {
    // The answer to an `unsub`; the stream may have been subscribed to again since.
    if (body.reason !== 'asked') this.#end(body.stream, body.reason);
  }

  feed(feed: DownBody<'feed'>): void {
    this.#watch?.feed(feed);
  }

  state(state: DownBody<'state'>): void {
    this.#watch?.state(state);
  }

  /** An error that answers no command. False: it is not about a subscription either. */
  refused(error: DownBody<'error'>): boolean {
    if (error.stream !== undefined && error.stream !== 'dispatch') {
      const subscription = this.#streams.get(error.stream);
      if (!error.retryable) this.#end(error.stream, error.code);
      else subscription?.postponed(error.retryAfterMs ?? 0);
      return subscription !== undefined;
    }
    if (!this.#watch?.isAsking || !(error.stream === 'dispatch' || error.code === 'forbidden')) return false;
    if (error.retryable) this.#watch.postponed(error.retryAfterMs ?? 0);
    else {
      const watch = this.#watch;
      this.#watch = null;
      watch.ended(error.code);
    }
    return true;
  }

  #unsubscribe(subscription: StreamSubscription): void {
    if (this.#streams.get(subscription.stream) !== subscription) return;
    this.#streams.delete(subscription.stream);
    subscription.closed();
    if (this.#open) this.#deps.send(['unsub', { stream: subscription.stream }]);
  }

  #end(stream: string, reason: string): void {
    const subscription = this.#streams.get(stream);
    if (!subscription) return;
    this.#streams.delete(stream);
    subscription.ended(reason);
  }
}
