import type { Actor } from '../machine/commands.ts';
import type { Chance } from './chance.ts';
import type { SimNode } from './node.ts';
import { type Frame, Subscriber } from './subscriber.ts';
import type { Timeline } from './timeline.ts';

/** The app at the other end. */
export interface App {
  readonly actor: Actor;
  session: Session | null;
  /** How far it has each stream it wants; null: nothing yet. */
  readonly streams: ReadonlyMap<string, number | null>;
  received(frame: Frame): void;
}

export interface SessionParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** Sees every frame at the moment it is sent. */
  readonly onSent: (frame: Frame, client: App, node: SimNode) => void;
  /** The node no longer holds it. */
  readonly onClosed: (session: Session) => void;
}

const NETWORK_MS = 15;

/** One socket between an app and a node. What is sent comes in order, and what was under way when it breaks is lost. */
export class Session {
  readonly node: SimNode;
  readonly client: App;
  readonly #parts: SessionParts;
  readonly #subscribers = new Map<string, Subscriber>();
  #isOpenAtNode = true;
  #arrivesAtMs = 0;

  constructor(node: SimNode, client: App, parts: SessionParts) {
    this.node = node;
    this.client = client;
    this.#parts = parts;
  }

  subscribe(stream: string, afterSeq: number | null): void {
    const { timeline, chance } = this.#parts;
    timeline.after(chance.delayMs(NETWORK_MS), () => {
      const parts = this.node.subscriberParts();
      if (!parts || !this.#isOpenAtNode || this.node.isDead) return;
      this.#subscribers.get(stream)?.close();
      const subscriber = new Subscriber(parts, this.client.actor, stream, (frame) => this.#send(frame));
      this.#subscribers.set(stream, subscriber);
      subscriber.start(afterSeq);
    });
  }

  /** The node has noticed that nobody is there any more, or is no more itself. */
  closeAtNode(): void {
    if (!this.#isOpenAtNode) return;
    this.#isOpenAtNode = false;
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#parts.onClosed(this);
  }

  #send(frame: Frame): void {
    const { timeline, chance, onSent } = this.#parts;
    if (!this.#isOpenAtNode || this.node.isDead) return;
    onSent(frame, this.client, this.node);
    this.#arrivesAtMs = Math.max(this.#arrivesAtMs, timeline.nowMs + chance.delayMs(NETWORK_MS));
    timeline.after(this.#arrivesAtMs - timeline.nowMs, () => {
      if (this.client.session === this) this.client.received(frame);
    });
  }
}
