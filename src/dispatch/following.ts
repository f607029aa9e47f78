import { apply, type Happened } from './machine/apply.ts';
import type { SosState } from './machine/state.ts';
import type { LogEvent } from './store.ts';

/**
 * The state after an event that was heard of, when it is the very next one: the same function as where it was decided, so
 * nothing has to be read. Null: it is not, or it does not fit.
 */
export function following(state: SosState | undefined, event: LogEvent): SosState | null {
  if (state?.seq !== event.seq - 1) return null;
  try {
    return apply(state, event as unknown as Happened);
  } catch {
    return null;
  }
}
