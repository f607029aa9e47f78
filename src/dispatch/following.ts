import { apply, begin, type Happened } from './machine/apply.ts';
import type { SosState } from './machine/state.ts';
import type { LogEvent } from './store.ts';

/**
 * The state after an event that was heard of, when it is the very next one: the same function as where it was decided, so
 * nothing has to be read. Null: it is not, or it does not fit.
 */
export function following(sosId: string, state: SosState | undefined, event: LogEvent): SosState | null {
  const happened = event as unknown as Happened;
  if ((state?.seq ?? 0) !== event.seq - 1) return null;
  try {
    return state ? apply(state, happened) : begin(sosId, happened);
  } catch {
    return null;
  }
}
