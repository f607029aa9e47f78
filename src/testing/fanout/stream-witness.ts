import type { SharedFrame } from '../../fanout/shared-frame.ts';
import type { StreamSink } from '../../fanout/subscription.ts';

/** A viewer who believes only whole streams: throws at the first number that is doubled, missing or out of order. */
export class StreamWitness implements StreamSink {
  lastSeq: number;
  readonly frames: string[] = [];
  snapshots = 0;
  liveAt: number | null = null;
  outcome: 'open' | 'ended' | 'failed' = 'open';
  /** Set by a test that plays a full socket. */
  waitForRoom: Promise<void> | null = null;

  constructor(afterSeq: number | null) {
    this.lastSeq = afterSeq ?? 0;
  }

  send({ frame }: SharedFrame): void {
    if (this.outcome !== 'open') throw new Error(`a frame after the subscription has ${this.outcome}`);
    this.frames.push(frame[0]);
    if (frame[0] === 'event') this.#event(frame[1].seq);
    if (frame[0] === 'snapshot') this.#snapshot(frame[1].seq);
    if (frame[0] === 'subscribed') this.#subscribed(frame[1].headSeq);
  }

  room(): Promise<void> | null {
    return this.waitForRoom;
  }

  ended(): void {
    this.outcome = 'ended';
  }

  failed(): void {
    this.outcome = 'failed';
  }

  #event(seq: number): void {
    if (seq !== this.lastSeq + 1) throw new Error(`got ${seq} after ${this.lastSeq}`);
    this.lastSeq = seq;
  }

  #snapshot(seq: number): void {
    this.snapshots += 1;
    this.lastSeq = seq;
  }

  #subscribed(headSeq: number): void {
    if (this.liveAt !== null) throw new Error('told twice that it is live');
    if (headSeq !== this.lastSeq) throw new Error(`live at ${headSeq}, but has ${this.lastSeq}`);
    this.liveAt = headSeq;
  }
}
