import type { SosState } from '../machine/state.ts';
import type { CommandKey, Decided, Order } from '../store.ts';

/** What is about to be decided without the store. `before` null: it begins an SOS. */
export interface Deciding {
  readonly key: CommandKey | null;
  readonly actorId: string | null;
  readonly before: SosState | null;
  readonly sosId: string;
  readonly decided: Decided;
  readonly nowMs: number;
  readonly order: Order;
}
