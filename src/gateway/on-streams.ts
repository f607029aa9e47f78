import type { HeardUpTo } from '../fanout/recent-log.ts';
import type { Subscription } from '../fanout/subscription.ts';
import type { Viewer } from '../fanout/types.ts';
import { unreachable } from '../lib/assert.ts';
import type { UpBody } from '../protocol/up.ts';
import { failureCode } from './failures.ts';
import type { Peer } from './peer.ts';
import type { StreamHead } from './services.ts';

export type StreamFrame =
  | readonly ['sub', UpBody<'sub'>]
  | readonly ['unsub', UpBody<'unsub'>]
  | readonly ['watch', UpBody<'watch'>];

/** What one socket listens to. */
export class SocketStreams {
  readonly #peer: Peer;
  readonly #viewer: Viewer;
  readonly #heard: (stream: string) => HeardUpTo | null;
  readonly #open = new Map<string, Subscription>();
  #stopWatching: (() => void) | null = null;
  #stopWatchingCare: (() => void) | null = null;

  /** `heard`: what this person proved of a stream when they came. */
  constructor(peer: Peer, heard: (stream: string) => HeardUpTo | null = () => null) {
    this.#peer = peer;
    this.#heard = heard;
    this.#viewer = {
      userId: peer.principal.userId,
      // Of the moment of asking: grants come and go while the socket is open.
      get isDispatcher() {
        return peer.principal.grants.includes('dispatcher');
      },
      get grants() {
        return peer.principal.grants;
      },
    };
  }

  take(frame: StreamFrame): void {
    switch (frame[0]) {
      case 'sub':
        this.#subscribe(frame[1]);
        break;
      case 'unsub':
        this.#unsubscribe(frame[1].stream);
        break;
      case 'watch':
        if (frame[1].feed === 'care') this.#watchCare();
        else this.#watch();
        break;
      default:
        unreachable(frame);
    }
  }

  /** What this person may do has changed: what that no longer includes ends. */
  recheck(): void {
    for (const subscription of this.#open.values()) subscription.recheck();
    if (this.#stopWatching) this.#peer.parts.feed.recheck();
  }

  /** How far this socket has heard what it follows live, the inbox first; at most so many. */
  heads(most: number): StreamHead[] {
    const inbox = `inbox:${this.#viewer.userId}`;
    const streams = [inbox, ...[...this.#open.keys()].filter((stream) => stream !== inbox)];
    return streams
      .flatMap((stream) => {
        const seq = this.#open.get(stream)?.liveSeq ?? null;
        return seq === null ? [] : [[stream, seq] as const];
      })
      .slice(0, most);
  }

  closeAll(): void {
    for (const subscription of this.#open.values()) subscription.close();
    this.#open.clear();
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#stopWatchingCare?.();
    this.#stopWatchingCare = null;
  }

  // Subscribing again begins anew from the number now named: the client knows best what it has.
  #subscribe({ stream, afterSeq }: UpBody<'sub'>): void {
    const { parts, outbox } = this.#peer;
    const max = parts.config.limits.subscriptionsPerSocket;
    this.#drop(stream);
    if (this.#open.size >= max) {
      this.#peer.refuse('bad_request', { stream, detail: `sub: at most ${max} streams per socket` });
      return;
    }
    let shown = false;
    const subscription = parts.subscriptions.open({
      viewer: this.#viewer,
      stream,
      sink: {
        send: (frame) => {
          shown = true;
          outbox.share(frame);
        },
        room: () => outbox.room(),
        ended: () => {
          // Who loses a right that they had was refused nothing.
          if (!shown) this.#refusedAudit('read', stream);
          this.#end(stream, subscription);
        },
        failed: (error) => this.#fail(stream, subscription, error),
      },
    });
    this.#open.set(stream, subscription);
    subscription.start(afterSeq, this.#heard(stream));
  }

  #unsubscribe(stream: string): void {
    this.#drop(stream);
    this.#peer.say(['unsubscribed', { stream, reason: 'asked' }]);
  }

  #end(stream: string, subscription: Subscription): void {
    this.#forget(stream, subscription);
    this.#peer.say(['unsubscribed', { stream, reason: 'not_entitled' }]);
  }

  #fail(stream: string, subscription: Subscription, error: unknown): void {
    this.#forget(stream, subscription);
    this.#peer.refuse(failureCode(error, this.#peer.parts.log, 'a subscription failed'), { stream });
  }

  #drop(stream: string): void {
    this.#open.get(stream)?.close();
    this.#open.delete(stream);
  }

  #forget(stream: string, subscription: Subscription): void {
    if (this.#open.get(stream) === subscription) this.#open.delete(stream);
  }

  #watch(): void {
    this.#stopWatching?.();
    const { outbox, parts } = this.#peer;
    let shown = false;
    try {
      this.#stopWatching = parts.feed.watch(this.#viewer, {
        send: (frame) => {
          shown = true;
          outbox.share(frame);
        },
        ready: () => outbox.ready(),
        ended: () => {
          if (!shown) this.#refusedAudit('watch', 'feed');
          this.#peer.refuse('forbidden', { detail: 'watch: for dispatchers' });
        },
      });
    } catch (error) {
      this.#peer.refuse(failureCode(error, parts.log, 'watch failed'));
    }
  }

  /** Everybody may: of whom there is nobody to care for the wall is empty. */
  #watchCare(): void {
    this.#stopWatchingCare?.();
    const { outbox, parts, principal } = this.#peer;
    this.#stopWatchingCare = parts.care.watch(
      { userId: principal.userId, grants: principal.grants },
      { send: (frame) => outbox.share(frame), ready: () => outbox.ready() },
    );
  }

  #refusedAudit(action: string, what: string): void {
    const { principal, parts } = this.#peer;
    const [resourceKind = '', resourceId = null] = what.split(':');
    const { userId: actorId, grants } = principal;
    parts.services.access.trail.refused({ actorId, grants, action, resourceKind, resourceId });
  }
}
