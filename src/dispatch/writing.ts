import { NIL_ID } from './deciding.ts';
import { type Holding, HoldingChanges } from './holdings.ts';
import { inboxOf } from './inbox.ts';
import { apply, begin } from './machine/apply.ts';
import { reserves, type SosState, slotOf } from './machine/state.ts';
import type { CommandKey, Decided, Outcome } from './store.ts';

/** One event about to be written; its number is given by the log. */
export interface NewEntry {
  readonly kind: 'sos' | 'inbox' | 'chat';
  readonly streamId: string;
  readonly type: string;
  readonly actorId: string | null;
  readonly data: unknown;
}

/** What a decision comes to: the entries of the log in their order, the state they lead to, and the answer. */
export interface Writing {
  readonly atMs: number;
  readonly entries: readonly NewEntry[];
  /** What changed about who holds what. */
  readonly holdings: readonly Holding[];
  readonly state: SosState;
  readonly dueAtMs: number | null;
  readonly outcome: Outcome;
}

/** Everything a store has to write of a decision, in one transaction; the same for every store. */
export function writingOf(
  actorId: string | null,
  before: SosState | null,
  sosId: string,
  decided: Decided,
  nowMs: number,
): Writing {
  const entries: NewEntry[] = [];
  const holdings = new HoldingChanges();
  const atMs = notBefore(before, Math.min(nowMs, decided.atMs ?? nowMs));
  let state = before;
  // A command of nobody's has a key all the same.
  const by = actorId === NIL_ID ? null : actorId;
  for (const event of decided.events) {
    const happened = { ...event, seq: (state?.seq ?? 0) + 1, atMs };
    const next: SosState = state ? apply(state, happened) : begin(sosId, happened);
    entries.push({ kind: 'sos', streamId: sosId, type: event.type, actorId: by, data: event.data });
    for (const { userId, type, data } of inboxOf(event, state, next)) {
      // Who raised it, said no or won the slot is not for everybody who was asked to know.
      const told = by === userId ? by : null;
      entries.push({ kind: 'inbox', streamId: userId, type, actorId: told, data });
    }
    holdings.note(state, event, next, atMs);
    state = next;
  }
  if (!state) throw new Error('a decision about an SOS that does not exist begins it');
  const dueAtMs = decided.dueAtMs(state);
  return { atMs, entries, holdings: holdings.rows, state, dueAtMs, outcome: outcomeFor(by, state) };
}

/** A clock that was set back, or a standby's that is behind, must not keep an SOS from going on. */
function notBefore(state: SosState | null, nowMs: number): number {
  if (!state) return nowMs;
  return Math.max(nowMs, state.createdAtMs, state.acceptedAtMs ?? 0, state.startedAtMs ?? 0);
}

/** How the SOS stands, and how whoever asked stands to it. */
function outcomeFor(actorId: string | null, state: SosState): Outcome {
  const outcome = { sosId: state.id, status: state.status };
  if (actorId === null) return outcome;
  const as = slotOf(state, actorId)?.role;
  if (as) return { ...outcome, as };
  return reserves(state).some((o) => o.responderId === actorId) ? { ...outcome, as: 'RESERVE' } : outcome;
}

/** A stored answer, with what it was given for. */
export interface Stored extends Outcome {
  readonly about: string;
}

export type AnsweredBefore =
  | { readonly kind: 'repeated'; readonly outcome: Outcome }
  | { readonly kind: 'reused' };

export function answeredBefore(key: CommandKey | null, { about, ...outcome }: Stored): AnsweredBefore {
  return about === key?.about ? { kind: 'repeated', outcome } : { kind: 'reused' };
}

/** The person holds a slot elsewhere: the whole transaction is undone (invariant 2). */
export class AlreadyHolding extends Error {
  override readonly name = 'AlreadyHolding';
}

/** Who gives back a slot and who takes one. A drill takes nobody from a real SOS, so it changes neither. */
export function holdersMoved(
  before: SosState | null,
  after: SosState,
): { readonly gone: readonly string[]; readonly come: readonly (readonly [userId: string, slot: number])[] } {
  if (after.isDrill) return { gone: [], come: [] };
  const was = holdersOf(before);
  const is = holdersOf(after);
  return {
    gone: [...was].filter(([userId, slot]) => is.get(userId) !== slot).map(([userId]) => userId),
    come: [...is].filter(([userId, slot]) => was.get(userId) !== slot),
  };
}

const holdersOf = (state: SosState | null) =>
  new Map((state?.slots ?? []).flatMap(({ holder, slot }) => (holder ? [[holder.responderId, slot]] : [])));
