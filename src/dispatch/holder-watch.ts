import { distanceM, type LatLng } from '../geo/lat-lng.ts';
import type { KnownSos } from './known-sos.ts';
import { isOpen, slotOf } from './machine/state.ts';
import type { Roster } from './roster.ts';

export interface HolderWatchOptions {
  readonly roster: Roster;
  readonly known: KnownSos;
  readonly onMoved: (sosId: string, responderId: string, what: 'departed' | 'arrived') => void;
}

/** A position heard so long before somebody said yes says nothing about where they were then. */
const FRESH_MS = 30_000;

/**
 * Recognises by position that a holder has set off and that they are there. Where they were when they took it is kept in
 * memory only, from a position heard about then or the first one after it: an old one would be taken for a departure, and
 * after a restart departure is seen later.
 */
export class HolderWatch {
  readonly #options: HolderWatchOptions;
  readonly #tookAt = new Map<string, { readonly sosId: string; readonly point: LatLng }>();

  constructor(options: HolderWatchOptions) {
    this.#options = options;
  }

  /** Somebody came, moved or changed. */
  changed(responderId: string): void {
    const { roster } = this.#options;
    const sosId = roster.holding(responderId, true);
    const responder = roster.get(responderId);
    if (sosId === null) this.#tookAt.delete(responderId);
    else if (responder?.point) this.#look(sosId, responderId, responder.point, responder.locatedAtMs ?? 0);
  }

  /** Nothing is left of somebody who was erased. */
  forget(responderId: string): void {
    this.#tookAt.delete(responderId);
  }

  #look(sosId: string, responderId: string, point: LatLng, locatedAtMs: number): void {
    const state = this.#options.known.get(sosId);
    const holder = state && isOpen(state) ? slotOf(state, responderId)?.holder : undefined;
    if (!state || !holder || locatedAtMs < holder.heldAtMs - FRESH_MS) return;
    const { departedM, arrivedM } = state.rule;
    const took = this.#tookAt.get(responderId);
    if (took?.sosId !== sosId) this.#tookAt.set(responderId, { sosId, point });
    if (holder.arrivedAtMs === null && distanceM(point, state.point) <= arrivedM)
      this.#options.onMoved(sosId, responderId, 'arrived');
    else if (
      holder.departedAtMs === null &&
      took?.sosId === sosId &&
      distanceM(point, took.point) >= departedM
    )
      this.#options.onMoved(sosId, responderId, 'departed');
  }
}
