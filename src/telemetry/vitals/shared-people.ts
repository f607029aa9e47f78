/** Of whom, and what was received after when. */
export interface Asked {
  readonly personId: string;
  readonly sinceMs: number;
}

/** So long after another node was last known to hear of somebody, what it takes in is read. */
export const SHARED_FOR_MS = 30_000;
/** Longer than it takes to notice that somebody is heard elsewhere: what came there meanwhile is read too. */
const LOOKED_BACK_MS = 60_000;

interface Shared {
  readonly untilMs: number;
  readonly readUpToMs: number;
}

/**
 * People whose devices speak to several nodes at once, such as a phone to this one and a watch to another: what the others
 * take in has to be read, or each would score what it has of them and none would see the whole.
 */
export class SharedPeople {
  readonly #overlapMs: number;
  readonly #people = new Map<string, Shared>();

  /** `overlapMs`: what is written in a transaction is seen so long after the time that it bears. */
  constructor(overlapMs: number) {
    this.#overlapMs = overlapMs;
  }

  get size(): number {
    return this.#people.size;
  }

  /** Another node has heard of these people lately. */
  heardElsewhere(personIds: Iterable<string>, nowMs: number): void {
    for (const personId of personIds) {
      const readUpToMs = this.#people.get(personId)?.readUpToMs ?? nowMs - LOOKED_BACK_MS;
      this.#people.set(personId, { untilMs: nowMs + SHARED_FOR_MS, readUpToMs });
    }
  }

  /** What is to be read now. */
  due(nowMs: number): Asked[] {
    for (const [personId, { untilMs }] of this.#people) if (untilMs < nowMs) this.#people.delete(personId);
    return [...this.#people].map(([personId, { readUpToMs }]) => ({
      personId,
      sinceMs: readUpToMs - this.#overlapMs,
    }));
  }

  /** What was asked for at `nowMs` is read. */
  wereRead(asked: readonly Asked[], nowMs: number): void {
    for (const { personId } of asked) {
      const shared = this.#people.get(personId);
      if (shared) this.#people.set(personId, { ...shared, readUpToMs: nowMs });
    }
  }

  forget(personId: string): void {
    this.#people.delete(personId);
  }
}
