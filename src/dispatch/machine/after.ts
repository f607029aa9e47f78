import { apply } from './apply.ts';
import type { SosEvent } from './events.ts';
import type { SosState } from './state.ts';

/** The state that these events lead to, for deciding what follows from them in the same breath. */
export function after(state: SosState, events: readonly SosEvent[], nowMs: number): SosState {
  let next = state;
  for (const event of events) next = apply(next, { ...event, seq: next.seq + 1, atMs: nowMs });
  return next;
}
