import { ok, type Result } from '../../lib/result.ts';
import { decided, INTEGRATION } from '../deciding.ts';
import { after } from '../machine/after.ts';
import type { Decision, SosRefusal, Surroundings } from '../machine/commands.ts';
import { decide } from '../machine/decide.ts';
import type { SosEvent } from '../machine/events.ts';
import { isSeeking, type SosState, slotOf } from '../machine/state.ts';
import type { Decided, Order } from '../store.ts';

/** What nobody has asked for and is true all the same: somebody has moved, a device has an offer. */
const STILL_TRUE: ReadonlySet<string> = new Set(['moved', 'received']);

export const isStillTrue = (order: Order): boolean =>
  order.type === 'change' && STILL_TRUE.has(order.command.type);

type Deciding = (state: SosState, nowMs: number) => Result<Decided, SosRefusal>;

/**
 * Decides what was asked while the store was away on how the SOS stands now. Whoever has set off since is not stood down when
 * somebody else was first: they get a place beside them, and dispatchers are told to look. Null: of a timer's, which the
 * deadlines of the store repeat.
 */
export function decideAgain(
  order: Order,
  isUnderWay: boolean,
  aroundAt: (nowMs: number) => Surroundings,
): Deciding | null {
  if (order.type !== 'change') return null;
  const { by, command } = order;
  if (by.userId === '' && !STILL_TRUE.has(command.type)) return null;
  return (state, nowMs) => {
    const around = aroundAt(nowMs);
    const decision = decide(state, command, by, around);
    const otherwise = command.type === 'accept' ? insteadOf(decision) : null;
    if (otherwise) return ok(decided(otherwise, around));
    return decision.ok ? ok(decided(decision.value, around)) : decision;

    function insteadOf(accepted: Decision): readonly SosEvent[] | null {
      if (accepted.ok && holdsAfter(state, accepted.value, by.userId)) return null;
      if (isUnderWay) return besides(state, by.userId, around);
      // They were asked by this node alone, and nobody else comes.
      const isUnknown = !accepted.ok && accepted.code === 'offer_not_found' && isSeeking(state);
      return isUnknown ? placeFor(state, by.userId, around) : null;
    }
  };
}

/** Somebody who is kept ready holds nothing. */
const holdsAfter = (state: SosState, events: readonly SosEvent[], responderId: string): boolean =>
  slotOf(after(state, events, state.createdAtMs), responderId) !== null;

/** Null: there is no place for them, such as when it is over. */
function placeFor(state: SosState, responderId: string, around: Surroundings): readonly SosEvent[] | null {
  const assigned = decide(state, { type: 'assign', responderId, slot: null }, INTEGRATION, around);
  return assigned.ok ? assigned.value : null;
}

function besides(state: SosState, responderId: string, around: Surroundings): readonly SosEvent[] | null {
  const place = placeFor(state, responderId, around);
  if (!place) return null;
  const alarm = decide(
    after(state, place, around.nowMs),
    { type: 'escalate', reason: null },
    INTEGRATION,
    around,
  );
  return [...place, ...(alarm.ok ? alarm.value : [])];
}
