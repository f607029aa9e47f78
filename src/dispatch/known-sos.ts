import { isOpen, openOffers, reserves, type SosState } from './machine/state.ts';

/** Closed SOS that are still looked at, such as by their last event on its way to the requester. */
const CLOSED_KEPT = 2_000;

/** Whoever has so many open SOS opens no further one: help is being sought for them already. */
const OPEN_OF_ONE_MAX = 5;

/** The SOS this node knows the newest state of: every open one, and the last closed ones. */
export class KnownSos {
  readonly #open = new Map<string, SosState>();
  readonly #closed = new Map<string, SosState>();
  readonly #openOf = new Map<string, number>();

  get(sosId: string): SosState | undefined {
    return this.#open.get(sosId) ?? this.#closed.get(sosId);
  }

  open(): IterableIterator<SosState> {
    return this.#open.values();
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** False: this person has as many open SOS as anybody may. */
  mayOpen(requesterId: string): boolean {
    return (this.#openOf.get(requesterId) ?? 0) < OPEN_OF_ONE_MAX;
  }

  remember(state: SosState): void {
    const before = this.#open.get(state.id);
    if (before) this.#countOpen(before, -1);
    if (isOpen(state)) this.#countOpen(state, 1);
    this.#open.delete(state.id);
    this.#closed.delete(state.id);
    if (isOpen(state)) {
      this.#open.set(state.id, state);
      return;
    }
    this.#closed.set(state.id, state);
    const oldest = this.#closed.size > CLOSED_KEPT ? this.#closed.keys().next().value : undefined;
    if (oldest !== undefined) this.#closed.delete(oldest);
  }

  /** Drops the closed SOS of somebody who was erased: they are read again as they are kept now. */
  forgetClosedOf(requesterId: string): void {
    for (const state of this.#closed.values()) {
      if (state.requesterId === requesterId) this.#closed.delete(state.id);
    }
  }

  #countOpen({ requesterId, isDrill }: SosState, by: 1 | -1): void {
    if (requesterId === null || isDrill) return;
    const count = (this.#openOf.get(requesterId) ?? 0) + by;
    if (count > 0) this.#openOf.set(requesterId, count);
    else this.#openOf.delete(requesterId);
  }

  /** The open SOS in which this person is still asked, or kept ready. */
  asking(responderId: string): SosState[] {
    return [...this.#open.values()].filter((state) =>
      [...openOffers(state), ...reserves(state)].some((o) => o.responderId === responderId),
    );
  }
}
