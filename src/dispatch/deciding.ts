import type { Actor, Surroundings } from './machine/commands.ts';
import type { SosState } from './machine/state.ts';
import { dueAtMs } from './machine/time.ts';
import type { Decided } from './store.ts';

/** Time itself, as an actor: it holds nothing and is entitled to nothing. */
export const NOBODY: Actor = { userId: '', isDispatcher: false };

/** What is connected to the engine from outside, as an actor: nobody, with a say in what it was asked. */
export const INTEGRATION: Actor = { userId: '', isDispatcher: true };
/** Stands for nobody where a key has to name somebody. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** What was decided, as a store writes it. */
export const decided = (events: Decided['events'], around: Surroundings): Decided => ({
  events,
  dueAtMs: (state) => dueAtMs(state, around),
});

/** Whether something was decided after this number that whoever asks has not seen. */
export const isBehind = (state: SosState, seenSeq: number | undefined) =>
  seenSeq !== undefined && seenSeq < state.editSeq;

/** Whoever decided last is first at the next deadline; the others look a little later whether it was. */
const OTHERS_AFTER_MS = 500;

/** When to look again at what was not decided here, counted from now; null: it is in somebody's hands. */
export function othersTurnInMs(state: SosState, nowMs: number): number | null {
  const due = dueAtMs(state, { nowMs });
  return due === null ? null : due - nowMs + OTHERS_AFTER_MS;
}
