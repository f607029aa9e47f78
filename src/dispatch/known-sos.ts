import { isOpen, openOffers, type SosState } from './machine/state.ts';

/** Closed SOS that are still looked at, such as by their last event on its way to the requester. */
const CLOSED_KEPT = 2_000;

/** The SOS this node knows the newest state of: every open one, and the last closed ones. */
export class KnownSos {
  readonly #open = new Map<string, SosState>();
  readonly #closed = new Map<string, SosState>();

  get(sosId: string): SosState | undefined {
    return this.#open.get(sosId) ?? this.#closed.get(sosId);
  }

  open(): IterableIterator<SosState> {
    return this.#open.values();
  }

  get openCount(): number {
    return this.#open.size;
  }

  remember(state: SosState): void {
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

  /** The open SOS in which this person is still asked. */
  asking(responderId: string): SosState[] {
    return [...this.#open.values()].filter((state) =>
      openOffers(state).some((o) => o.responderId === responderId),
    );
  }
}
