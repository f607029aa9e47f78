import type { Clock } from '../../lib/clock.ts';

/** A node that has the store says so once a second, while it answers, and at once when it does not. */
const FRESH_MS = 5_000;
/** As long as the lease of a node that says nothing. */
const SILENT_MS = 10_000;
/** So many that said they had it, and had not: whoever else said so before is believed no more by one who calls for help. */
const UNABLE_MAX = 3;

/** How the other nodes are with the store, by their own words, and which of them do not answer when they are asked. */
export class OthersStore {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #hasUntilMs = new Map<string, number>();
  readonly #silentUntilMs = new Map<string, number>();
  readonly #unableUntilMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** It speaks, so it is asked again too. */
  said(nodeId: string, has: boolean): void {
    this.#silentUntilMs.delete(nodeId);
    if (has) {
      this.#hasUntilMs.set(nodeId, this.#clock.monotonicMs() + FRESH_MS);
      this.#unableUntilMs.delete(nodeId);
    } else this.#hasUntilMs.delete(nodeId);
  }

  /** It was asked something that takes the store, and could not say. */
  unable(nodeId: string): void {
    this.#hasUntilMs.delete(nodeId);
    this.#unableUntilMs.set(nodeId, this.#clock.monotonicMs() + FRESH_MS);
  }

  /** Whether several have been asked of late that could not say, so that it is likely gone for all. */
  get isDoubtful(): boolean {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#unableUntilMs.values()].filter((untilMs) => nowMs < untilMs).length >= UNABLE_MAX;
  }

  silent(nodeId: string): void {
    this.#silentUntilMs.set(nodeId, this.#clock.monotonicMs() + SILENT_MS);
  }

  isSilent(nodeId: string): boolean {
    return this.#clock.monotonicMs() < (this.#silentUntilMs.get(nodeId) ?? Number.NEGATIVE_INFINITY);
  }

  has(nodeId: string): boolean {
    return this.#clock.monotonicMs() < (this.#hasUntilMs.get(nodeId) ?? Number.NEGATIVE_INFINITY);
  }

  gone(nodeId: string): void {
    this.#hasUntilMs.delete(nodeId);
    this.#silentUntilMs.delete(nodeId);
    this.#unableUntilMs.delete(nodeId);
  }
}
