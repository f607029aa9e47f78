import type { SosEvent } from './machine/events.ts';
import { type HeldSlot, heldSlots, PRIMARY_SLOT, type SlotRole, type SosState } from './machine/state.ts';

export type HoldingEnd = 'withdrawn' | 'released' | 'resolved' | 'cancelled';

/** A place in an SOS that somebody holds or held. Taken again after it was given back, it is another one. */
export interface Holding {
  readonly responderId: string;
  readonly heldAtMs: number;
  /** Where they stand now, or stood last. */
  readonly slot: number;
  readonly role: SlotRole;
  /** Null: sent by a dispatcher. */
  readonly offerId: string | null;
  /** Since when they were the primary; null: not known to have become it in these changes. */
  readonly primaryAtMs: number | null;
  readonly departedAtMs: number | null;
  readonly arrivedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly endedBy: HoldingEnd | null;
}

const ENDS: Partial<Record<SosEvent['type'], HoldingEnd>> = {
  'sos.withdrawn': 'withdrawn',
  'sos.holder_released': 'released',
  'sos.resolved': 'resolved',
  'sos.cancelled': 'cancelled',
};

const keyOf = ({ holder }: HeldSlot) => `${holder.responderId}/${holder.heldAtMs}`;

/** What one decision changes about who holds what. The rows of the present forget a holder who has left. */
export class HoldingChanges {
  readonly #rows = new Map<string, Holding>();

  get rows(): Holding[] {
    return [...this.#rows.values()];
  }

  note(before: SosState | null, event: SosEvent, after: SosState, atMs: number): void {
    const was = new Map((before ? heldSlots(before) : []).map((slot) => [keyOf(slot), slot]));
    for (const slot of heldSlots(after)) {
      const known = was.get(keyOf(slot));
      was.delete(keyOf(slot));
      const begins = event.type === 'sos.started' && event.data.responderId === slot.holder.responderId;
      if (known === slot && !begins) continue;
      const isPromoted = slot.slot === PRIMARY_SLOT && known?.slot !== PRIMARY_SLOT;
      this.#put(slot, { ...(isPromoted && { primaryAtMs: atMs }), ...(begins && { startedAtMs: atMs }) });
    }
    for (const slot of was.values()) {
      this.#put(slot, { endedAtMs: atMs, endedBy: ENDS[event.type] ?? 'released' });
    }
  }

  #put(held: HeldSlot, more: Partial<Holding>): void {
    const { slot, role, holder } = held;
    const { nudgedAtMs: _, ...rest } = holder;
    const open = { primaryAtMs: null, startedAtMs: null, endedAtMs: null, endedBy: null };
    this.#rows.set(keyOf(held), { ...open, ...this.#rows.get(keyOf(held)), ...rest, slot, role, ...more });
  }
}
