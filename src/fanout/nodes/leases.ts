import type { Clock } from '../../lib/clock.ts';

/** A node beats this often; who reads takes it for gone after {@link LEASE_MS} without a beat. */
export const BEAT_MS = 3_000;
export const LEASE_MS = 10_000;

/** One source's word: how long ago each node that it knows has beaten, in ms. */
export type Ages = ReadonlyMap<string, number>;

type Listener = (nodeId: string) => void;

/**
 * Which nodes live, by the youngest beat that any source has told of. Ages are counted on by this node's own monotonic
 * clock, so that a source that has fallen silent makes nobody immortal.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #ownId: string;
  readonly #beatAtMs = new Map<string, number>();
  readonly #onCame: Listener[] = [];
  readonly #onGone: Listener[] = [];
  #cancelLook = () => {};

  constructor(clock: Clock, ownId: string) {
    this.#clock = clock;
    this.#ownId = ownId;
  }

  /** Told of every node that is new, or back after its lease had run out. */
  onCame(listener: Listener): void {
    this.#onCame.push(listener);
  }

  /** Told of every node whose lease has run out, once. */
  onGone(listener: Listener): void {
    this.#onGone.push(listener);
  }

  isAlive(nodeId: string): boolean {
    if (nodeId === this.#ownId) return true;
    const atMs = this.#beatAtMs.get(nodeId);
    return atMs !== undefined && this.#clock.monotonicMs() - atMs < LEASE_MS;
  }

  /** The others that live. */
  others(): string[] {
    return [...this.#beatAtMs.keys()].filter((nodeId) => this.isAlive(nodeId));
  }

  heard(ages: Ages): void {
    this.sweep();
    const nowMs = this.#clock.monotonicMs();
    for (const [nodeId, ageMs] of ages) {
      if (nodeId === this.#ownId || ageMs >= LEASE_MS) continue;
      const before = this.#beatAtMs.get(nodeId);
      this.#beatAtMs.set(nodeId, Math.max(before ?? Number.NEGATIVE_INFINITY, nowMs - ageMs));
      if (before === undefined) for (const listener of this.#onCame) listener(nodeId);
    }
    this.#lookInTime();
  }

  /** Notices whose lease has run out. */
  sweep(): void {
    for (const nodeId of [...this.#beatAtMs.keys()]) {
      if (this.isAlive(nodeId)) continue;
      this.#beatAtMs.delete(nodeId);
      for (const listener of this.#onGone) listener(nodeId);
    }
    this.#lookInTime();
  }

  /** Its people are not asked through it from that moment on, so nobody may wait for the next beat to notice. */
  #lookInTime(): void {
    this.#cancelLook();
    if (this.#beatAtMs.size === 0) return;
    const firstMs = Math.min(...this.#beatAtMs.values()) + LEASE_MS;
    this.#cancelLook = this.#clock.after(firstMs - this.#clock.monotonicMs(), () => this.sweep());
  }
}
