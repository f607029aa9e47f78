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

/** When to look at it again, counted from now; null: it is in somebody's hands. */
export function dueInMs(state: SosState, nowMs: number): number | null {
  const due = dueAtMs(state, { nowMs });
  return due === null ? null : due - nowMs;
}
