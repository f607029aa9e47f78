import { isOpen, isRequester, openOffers, reserves, type SosState } from './machine/state.ts';
import type { OpenLimit } from './store.ts';

/** Closed SOS that are still looked at, such as by their last event on its way to the requester. */
const CLOSED_KEPT = 2_000;

/** Whoever has so many open SOS opens no further one: help is being sought for them already. */
const OPEN_OF_ONE_MAX = 5;

/** Whether somebody may open one more. */
export interface OpenTerms {
  /** By what this node knows. */
  readonly mayOpen: () => boolean;
  /** By what the store has, where another node may have taken some in; null: that is not asked. */
  readonly limit: () => OpenLimit | null;
}

/** Dispatchers speak for whoever calls them. */
export const ANY_NUMBER: OpenTerms = { mayOpen: () => true, limit: () => null };

/** The SOS this node knows the newest state of: every open one, and the last closed ones. */
export class KnownSos {
  readonly #open = new Map<string, SosState>();
  readonly #closed = new Map<string, SosState>();
  readonly #openOf = new Map<string, number>();
  readonly #drillsOf = new Map<string, number>();
  /** By person, the open SOS that are theirs: raised by them, or joined by a merge. Drills too. */
  readonly #of = new Map<string, Set<string>>();
  /** By responder, the open SOS in which they are asked or kept ready. */
  readonly #asking = new Map<string, Set<string>>();

  get(sosId: string): SosState | undefined {
    return this.#open.get(sosId) ?? this.#closed.get(sosId);
  }

  /** Whether the newest state of an SOS is older than this number of its stream, or not known at all. */
  isBehind(sosId: string, seq: number): boolean {
    return (this.get(sosId)?.seq ?? 0) < seq;
  }

  open(): IterableIterator<SosState> {
    return this.#open.values();
  }

  get openCount(): number {
    return this.#open.size;
  }

  figures(): { open: number; offers: number } {
    let offers = 0;
    for (const state of this.#open.values()) offers += openOffers(state).length;
    return { open: this.#open.size, offers };
  }

  /** The oldest open SOS of this person that is no drill. */
  openOf(requesterId: string): SosState | null {
    if (!this.#openOf.has(requesterId)) return null;
    for (const state of this.#open.values()) {
      if (!state.isDrill && isRequester(state, requesterId)) return state;
    }
    return null;
  }

  /** False: this person has as many open SOS, or drills of their own, as anybody may. */
  mayOpen(requesterId: string, isDrill: boolean): boolean {
    if (isDrill) return !this.#drillsOf.has(requesterId);
    return (this.#openOf.get(requesterId) ?? 0) < OPEN_OF_ONE_MAX;
  }

  /** By which one more of this person is opened. Whoever calls for help first does not wait for a question to the store. */
  terms(requesterId: string, isDrill: boolean): OpenTerms {
    const max = isDrill ? 1 : OPEN_OF_ONE_MAX;
    return {
      mayOpen: () => this.mayOpen(requesterId, isDrill),
      limit: () => (isDrill || this.#openOf.has(requesterId) ? { requesterId, isDrill, max } : null),
    };
  }

  /** The same of one that a machine raises: whoever has called for help already is called for by no machine. */
  termsOfAlert(requesterId: string | null): OpenTerms {
    if (requesterId === null) return ANY_NUMBER;
    return {
      mayOpen: () => this.openOf(requesterId) === null,
      limit: () => ({ requesterId, isDrill: false, max: 1 }),
    };
  }

  /** The open SOS of this person, drills and those that theirs were merged into among them. */
  requestedBy(userId: string): SosState[] {
    return [...(this.#of.get(userId) ?? [])].flatMap((sosId) => this.#open.get(sosId) ?? []);
  }

  /** Whether any of {@link requestedBy} is there. */
  hasOpen(userId: string): boolean {
    return (this.#of.get(userId)?.size ?? 0) > 0;
  }

  remember(state: SosState): void {
    const before = this.#open.get(state.id);
    if (before) this.#count(before, -1);
    if (isOpen(state)) this.#count(state, 1);
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

  /** Drops what is known of an SOS, open or closed: it is not so. */
  drop(sosId: string): void {
    const open = this.#open.get(sosId);
    if (open) this.#count(open, -1);
    this.#open.delete(sosId);
    this.#closed.delete(sosId);
  }

  /** Drops a closed SOS: it is old enough to be gone. */
  forgetClosed(sosId: string): void {
    this.#closed.delete(sosId);
  }

  /** Drops the closed SOS of somebody who was erased: they are read again as they are kept now. */
  forgetClosedOf(requesterId: string): void {
    for (const state of this.#closed.values()) {
      if (state.requesterId === requesterId) this.#closed.delete(state.id);
    }
  }

  /** The open SOS in which this person is still asked, or kept ready. */
  asking(responderId: string): string[] {
    return [...(this.#asking.get(responderId) ?? [])];
  }

  #count(state: SosState, by: 1 | -1): void {
    const { requesterId, isDrill } = state;
    if (requesterId !== null) add(isDrill ? this.#drillsOf : this.#openOf, requesterId, by);
    for (const { responderId } of [...openOffers(state), ...reserves(state)]) {
      file(this.#asking, responderId, state.id, by);
    }
    for (const userId of new Set([requesterId ?? [], state.joinedIds].flat()))
      file(this.#of, userId, state.id, by);
  }
}

function file(sosIdsOf: Map<string, Set<string>>, userId: string, sosId: string, by: 1 | -1): void {
  const sosIds = sosIdsOf.get(userId) ?? new Set();
  if (by === 1) sosIdsOf.set(userId, sosIds.add(sosId));
  else if (sosIds.delete(sosId) && sosIds.size === 0) sosIdsOf.delete(userId);
}

function add(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
