import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Grant } from './types.ts';

/** What somebody may do at one moment. */
export interface Standing {
  /** Nothing while suspended. */
  readonly grants: readonly Grant[];
  readonly suspended: boolean;
  /** By the database's clock, while their row was locked: of two changes the larger is the newer. */
  readonly asOfMs: number;
}

export interface StandingLimits {
  /** How long a change must be remembered: as long as a token that does not know it can be taken. */
  readonly changeLifeMs: number;
  /** How long an answer of the database may be reused; the delay with which other nodes' changes show. */
  readonly readLifeMs: number;
  /** How long it is remembered what somebody might do, for when the database can't be asked. */
  readonly lastLifeMs: number;
  readonly entriesMax: number;
}

interface Kept {
  readonly standing: Standing;
  readonly atMs: number;
}

/**
 * What this node knows about people's standing without asking: the changes it made itself, which tokens made before
 * must not outlive, and recent answers of the database.
 */
export class Standings {
  readonly #changes: Recent;
  readonly #reads: Recent;
  readonly #last: Recent;
  readonly #clock: Clock;
  readonly #onChange: (userId: string, standing: Standing) => void;
  #changesSeen = 0;

  /** `onChange` is told of each change that is the newest known; it must not throw. */
  constructor(
    clock: Clock,
    metrics: Metrics,
    { changeLifeMs, readLifeMs, lastLifeMs, entriesMax }: StandingLimits,
    onChange: (userId: string, standing: Standing) => void = () => {},
  ) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#changes = new Recent(changeLifeMs, entriesMax, () => metrics.count('standing_changes_forgotten'));
    this.#reads = new Recent(readLifeMs, entriesMax, () => metrics.count('standing_reads_forgotten'));
    this.#last = new Recent(lastLifeMs, entriesMax, () => {});
  }

  /** After the commit of a change that this node made. */
  changed(userId: string, standing: Standing): void {
    this.#changesSeen += 1;
    this.#reads.forget(userId);
    const known = this.#changes.get(userId, this.#clock.nowMs());
    if (known && known.standing.asOfMs > standing.asOfMs) return;
    this.#changes.keep(userId, { standing, atMs: this.#clock.nowMs() });
    this.#last.keep(userId, { standing, atMs: this.#clock.nowMs() });
    this.#onChange(userId, standing);
  }

  /** What the store says of somebody who changed, here or on another node. */
  heard(userId: string, standing: Standing): void {
    const nowMs = this.#clock.nowMs();
    const known = this.#changes.get(userId, nowMs)?.standing;
    if (!known || !sameStanding(known, standing)) this.changed(userId, standing);
    // It can have been another one meanwhile, of which a token may tell.
    else if (standing.asOfMs >= known.asOfMs) this.#changes.keep(userId, { standing, atMs: nowMs });
  }

  /** What a token made at that moment can't know: the standing as this node has changed it since. */
  changedSince(userId: string, madeAtMs: number): Standing | undefined {
    const known = this.#changes.get(userId, this.#clock.nowMs());
    return known && known.atMs >= madeAtMs ? known.standing : undefined;
  }

  /** The present standing: a recent answer, or what `read` finds. */
  async current(userId: string, read: () => Promise<Standing>): Promise<Standing> {
    const known = this.#reads.get(userId, this.#clock.nowMs());
    if (known) return known.standing;
    const atMs = this.#clock.nowMs();
    const seenBefore = this.#changesSeen;
    const standing = await read();
    // A change that committed meanwhile may be missing from what was read.
    if (this.#changesSeen === seenBefore) {
      this.#reads.keep(userId, { standing, atMs });
      this.#last.keep(userId, { standing, atMs });
    }
    return standing;
  }

  /** A token says so that is still good, and nothing newer is known. */
  vouched(userId: string, standing: Standing): void {
    const nowMs = this.#clock.nowMs();
    if (!this.#last.get(userId, nowMs)) this.#last.keep(userId, { standing, atMs: nowMs });
  }

  /** The standing as it was heard of last, however old that is. */
  last(userId: string): Standing | undefined {
    return this.#last.get(userId, this.#clock.nowMs())?.standing;
  }
}

const sameStanding = (a: Standing, b: Standing) =>
  a.suspended === b.suspended &&
  a.grants.length === b.grants.length &&
  a.grants.every((grant) => b.grants.includes(grant));

/** Entries by time of keeping; the oldest goes when there are too many or its life is over. */
class Recent {
  readonly #entries = new Map<string, Kept>();
  readonly #lifeMs: number;
  readonly #entriesMax: number;
  readonly #forgotEarly: () => void;

  constructor(lifeMs: number, entriesMax: number, forgotEarly: () => void) {
    this.#lifeMs = lifeMs;
    this.#entriesMax = entriesMax;
    this.#forgotEarly = forgotEarly;
  }

  get(userId: string, nowMs: number): Kept | undefined {
    const kept = this.#entries.get(userId);
    return kept && nowMs - kept.atMs <= this.#lifeMs ? kept : undefined;
  }

  keep(userId: string, kept: Kept): void {
    this.#entries.delete(userId);
    this.#entries.set(userId, kept);
    for (const [oldest, { atMs }] of this.#entries) {
      const over = kept.atMs - atMs > this.#lifeMs;
      if (!over && this.#entries.size <= this.#entriesMax) break;
      if (!over) this.#forgotEarly();
      this.#entries.delete(oldest);
    }
  }

  forget(userId: string): void {
    this.#entries.delete(userId);
  }
}
