import type { LogEvent } from '../store.ts';
import type { Viewer } from '../view.ts';

export type Frame =
  | {
      readonly kind: 'event';
      readonly stream: string;
      readonly seq: number;
      readonly actorId: string | null;
      readonly type: string;
      readonly data: unknown;
    }
  | { readonly kind: 'snapshot'; readonly stream: string; readonly seq: number; readonly view: unknown }
  /** No longer entitled, or never was. */
  | { readonly kind: 'ended'; readonly stream: string }
  /** It could not be read: subscribe again. */
  | { readonly kind: 'failed'; readonly stream: string };

export interface Entitlement {
  prepare(stream: string, upToSeq: number): Promise<void>;
  mayRead(viewer: Viewer, stream: string): boolean;
  project(viewer: Viewer, event: LogEvent): LogEvent;
}

export interface SubscriberParts {
  readonly readAfter: (stream: string, afterSeq: number, limit: number) => Promise<readonly LogEvent[]>;
  readonly headOf: (stream: string) => Promise<number>;
  readonly snapshotOf: (viewer: Viewer, stream: string) => Promise<{ seq: number; view: unknown } | null>;
  readonly entitlement: Entitlement;
  /** Hears of the stream from now on. The answer ends that. */
  readonly listen: (stream: string, onEvent: (event: LogEvent) => void) => () => void;
}

const PAGE = 20;

/**
 * One viewer of one stream of a node, as `fanout` does it in small: it listens first, reads the log, then sends as it
 * comes; a hole is read from the log; every event is sent only to who is entitled at that moment.
 */
export class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #viewer: Viewer;
  readonly #stream: string;
  readonly #send: (frame: Frame) => void;
  readonly #leave: () => void;
  readonly #held = new Map<number, LogEvent>();
  #lastSeq = 0;
  #isLive = false;
  #isClosed = false;

  constructor(parts: SubscriberParts, viewer: Viewer, stream: string, send: (frame: Frame) => void) {
    this.#parts = parts;
    this.#viewer = viewer;
    this.#stream = stream;
    this.#send = send;
    this.#leave = parts.listen(stream, (event) => this.#heard(event));
  }

  /** `afterSeq` is the last number the viewer has; null: none. */
  start(afterSeq: number | null): void {
    this.#begin(afterSeq).catch(() => this.#fail());
  }

  close(): void {
    this.#isClosed = true;
    this.#held.clear();
    this.#leave();
  }

  async #begin(afterSeq: number | null): Promise<void> {
    await this.#parts.entitlement.prepare(this.#stream, 0);
    if (!this.#mayRead()) return;
    if (afterSeq !== null && afterSeq <= (await this.#parts.headOf(this.#stream))) this.#lastSeq = afterSeq;
    else {
      const snapshot = await this.#parts.snapshotOf(this.#viewer, this.#stream);
      if (this.#isClosed || !this.#mayRead()) return;
      if (!snapshot) return this.#end();
      this.#lastSeq = snapshot.seq;
      this.#send({ kind: 'snapshot', stream: this.#stream, ...snapshot });
    }
    await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    this.#isLive = false;
    for (;;) {
      const page = await this.#parts.readAfter(this.#stream, this.#lastSeq, PAGE);
      const newest = page.at(-1);
      if (newest) await this.#parts.entitlement.prepare(this.#stream, newest.seq);
      if (!page.every((event) => this.#deliver(event) !== 'ended')) return;
      if (page.length === PAGE) continue;
      const held = [...this.#held.values()].sort((a, b) => a.seq - b.seq);
      this.#held.clear();
      const hole = held.find((event) => {
        const delivered = this.#deliver(event);
        if (delivered === 'hole') this.#held.set(event.seq, event);
        return delivered === 'hole' || delivered === 'ended';
      });
      if (this.#isClosed) return;
      if (!hole) break;
    }
    this.#isLive = true;
  }

  #heard(event: LogEvent): void {
    if (this.#isClosed || event.seq <= this.#lastSeq) return;
    if (this.#isLive && this.#deliver(event) !== 'hole') return;
    this.#held.set(event.seq, event);
    if (this.#isLive) this.#catchUp().catch(() => this.#fail());
  }

  #deliver(event: LogEvent): 'sent' | 'known' | 'hole' | 'ended' {
    if (this.#isClosed) return 'ended';
    if (event.seq <= this.#lastSeq) return 'known';
    if (event.seq > this.#lastSeq + 1) return 'hole';
    if (!this.#mayRead()) return 'ended';
    this.#lastSeq = event.seq;
    const { stream, seq, actorId, type, data } = this.#parts.entitlement.project(this.#viewer, event);
    this.#send({ kind: 'event', stream, seq, actorId, type, data });
    return 'sent';
  }

  #mayRead(): boolean {
    if (this.#isClosed) return false;
    if (this.#parts.entitlement.mayRead(this.#viewer, this.#stream)) return true;
    this.#end();
    return false;
  }

  #end(): void {
    this.close();
    this.#send({ kind: 'ended', stream: this.#stream });
  }

  #fail(): void {
    if (this.#isClosed) return;
    this.close();
    this.#send({ kind: 'failed', stream: this.#stream });
  }
}
