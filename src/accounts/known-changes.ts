import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Snapshot } from '../store/snapshot.ts';

/** A node whose last look at the changes is older knows too little: one look takes place every second. */
const LOOKED_WITHIN_MS = 5_000;
/** Longer than a resume token lives. Forgetting makes a token weaker, never a change. */
const KEPT_MS = 10 * 60_000;

interface Heard {
  readonly xid: number;
  readonly atMs: number;
}

/**
 * Which accounts were changed of late, by the number of the transaction that did it. Tells whether anything can have been
 * decided about somebody since another node looked: numbers of transactions are the same for all nodes, and go by no clock.
 * What is forgotten raises the floor: about what was known before it this node says nothing.
 */
export class KnownChanges {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #entriesMax: number;
  /** In the order of hearing. */
  readonly #heard = new Map<string, Heard>();
  /** Changes of this node itself whose numbers its next look will bring. */
  readonly #own = new Map<string, number>();
  #looks = 0;
  /** Every change by a transaction from this one on is known, as far as the last look saw. */
  #floorXid: number;
  /** Too much happened at once: nothing is known until a look that began after it. */
  #blindSinceLook: number | null = null;
  #xminXid: number | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, metrics: Metrics, { entriesMax }: { readonly entriesMax: number }) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#entriesMax = entriesMax;
    this.#floorXid = Number.POSITIVE_INFINITY;
  }

  /** Every change from this transaction on was heard, or will be. */
  beginsAt(floorXid: number): void {
    this.#floorXid = floorXid;
  }

  /** This node has decided something: it counts before its number is known. */
  changedHere(userId: string): void {
    if (this.#own.size >= this.#entriesMax) {
      this.#own.clear();
      this.#blindSinceLook = this.#looks;
      this.#metrics.count('known_changes_forgotten');
    }
    this.#own.set(userId, this.#looks);
  }

  lookBegins(): void {
    this.#looks += 1;
  }

  heard(userId: string, xid: number): void {
    const before = this.#heard.get(userId)?.xid ?? 0;
    this.#heard.delete(userId);
    this.#heard.set(userId, { xid: Math.max(before, xid), atMs: this.#clock.monotonicMs() });
  }

  /** Everything that this snapshot shows was heard. */
  looked({ xminXid }: Snapshot): void {
    const nowMs = this.#clock.monotonicMs();
    this.#xminXid = xminXid;
    this.#lookedAtMs = nowMs;
    // What was noted before this look began was committed before it, so the look has brought its number.
    for (const [userId, look] of this.#own) if (look < this.#looks) this.#own.delete(userId);
    if (this.#blindSinceLook !== null && this.#blindSinceLook < this.#looks) this.#blindSinceLook = null;
    for (const [userId, { xid, atMs }] of this.#heard) {
      if (nowMs - atMs <= KEPT_MS && this.#heard.size <= this.#entriesMax) break;
      this.#floorXid = Math.max(this.#floorXid, xid + 1);
      this.#heard.delete(userId);
    }
  }

  /** All changes by transactions before it have been obeyed here; null: nothing was looked at yet. */
  get knownXid(): number | null {
    return this.#xminXid;
  }

  /**
   * Whether this person's account is as it was to a node that knew of everything before `xid`. False also when this node
   * can't tell: it came later, has forgotten, or has not looked for a while.
   */
  isUnchangedSince(userId: string, xid: number): boolean {
    if (this.#clock.monotonicMs() - this.#lookedAtMs > LOOKED_WITHIN_MS) return false;
    if (this.#blindSinceLook !== null || xid < this.#floorXid || this.#own.has(userId)) return false;
    return (this.#heard.get(userId)?.xid ?? -1) < xid;
  }
}
