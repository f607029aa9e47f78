import { ok, refused } from '../../lib/result.ts';
import { after } from './after.ts';
import { closing, idsOf, refill, standDown } from './answers.ts';
import type { Actor, Decision, DispatcherCommand, Surroundings } from './commands.ts';
import type { SosEvent } from './events.ts';
import {
  emptySlots,
  isOpen,
  isRequester,
  isSeeking,
  nextSlotNumber,
  openOffers,
  type Slot,
  type SosState,
  slotOf,
} from './state.ts';
import { nextWave } from './waves.ts';

type Of<T extends DispatcherCommand['type']> = Extract<DispatcherCommand, { type: T }>;

/** It needs a human, whatever the search does: the rung that alarms dispatchers, or the next one after it. */
export function escalate(state: SosState, around: Surroundings): Decision {
  const { ladder, retryMs } = state.rule;
  const alarm = ladder.findIndex(({ step }) => step === 'dispatchers');
  const to = Math.min(Math.max(alarm, state.rungsClimbed), ladder.length - 1);
  return ok([
    {
      type: 'sos.escalated',
      data: {
        reason: 'asked_for',
        step: ladder[to]?.step ?? 'dispatchers',
        level: state.escalationLevel + 1,
        rungsClimbed: Math.max(state.rungsClimbed, to + 1),
        nextWaveAtMs: state.nextWaveAtMs ?? around.nowMs + retryMs,
      },
    },
  ]);
}

export function takeOver(state: SosState, ownerId: string): Decision {
  return state.ownerId === ownerId
    ? ok([])
    : ok([{ type: 'sos.taken_over', data: { ownerId, from: state.ownerId } }]);
}

/** Sends somebody, also one whom the search would not ask; why it would not is recorded. */
export function assign(state: SosState, command: Of<'assign'>, around: Surroundings): Decision {
  const { responderId } = command;
  if (slotOf(state, responderId)) return ok([]);
  if (isRequester(state, responderId) && !state.isDrill) return refused('not_eligible');
  if (around.holding(responderId, state.isDrill) !== null) return refused('already_holding');
  const wanted = command.slot === null ? (emptySlots(state)[0] ?? null) : slotNumbered(state, command.slot);
  if (command.slot !== null && (!wanted || wanted.holder)) return refused('offer_filled');
  const added: SosEvent[] = wanted ? [] : [oneMoreSlot(state)];
  const next = after(state, added, around.nowMs);
  const slot = wanted ?? (next.slots.at(-1) as Slot);
  const reason = around.reasonAgainst(responderId, slot.skills, state.rule);
  if (reason === 'unknown') return refused('not_eligible');
  const assigned: SosEvent = {
    type: 'sos.holder_assigned',
    data: {
      responderId,
      slot: slot.slot,
      role: slot.role,
      despite: state.declined.has(responderId) ? 'declined' : reason,
    },
  };
  return ok([...added, assigned, ...standDown(after(next, [assigned], around.nowMs))]);
}

const slotNumbered = (state: SosState, number: number) =>
  state.slots.find(({ slot }) => slot === number) ?? null;

const oneMoreSlot = (state: SosState): SosEvent => ({
  type: 'sos.slot_added',
  data: { slot: nextSlotNumber(state), role: 'SUPPORT', skills: [], behind: null },
});

/** Takes somebody out. It counts for nothing against them, and they may be asked again. */
export function release(state: SosState, command: Of<'release'>, around: Surroundings): Decision {
  const held = slotOf(state, command.responderId);
  if (!held) return refused('not_holder');
  const released: SosEvent = {
    type: 'sos.holder_released',
    data: { responderId: command.responderId, slot: held.slot, reason: command.reason },
  };
  return ok([released, ...refill(after(state, [released], around.nowMs), around)]);
}

/** Nobody is asked until then; after it the search goes on by itself, so that no hold is for ever. */
export function hold(state: SosState, command: Of<'hold'>, actor: Actor, around: Surroundings): Decision {
  return ok([
    ...closing(idsOf(openOffers(state)), 'stood_down'),
    {
      type: 'sos.held',
      data: { ownerId: actor.userId, untilMs: around.nowMs + command.forMs, reason: command.reason },
    },
  ]);
}

export function unhold(state: SosState, around: Surroundings): Decision {
  return state.holdUntilMs === null ? ok([]) : ok(holdEnds(state, around));
}

export function holdEnds(state: SosState, around: Surroundings): SosEvent[] {
  const unheld: SosEvent = { type: 'sos.unheld', data: {} };
  const next = after(state, [unheld], around.nowMs);
  return isSeeking(next) ? [unheld, ...nextWave(next, around)] : [unheld];
}

export function reopen(state: SosState, reason: string | null, around: Surroundings): Decision {
  if (isOpen(state)) return ok([]);
  // Who raised it is with the other one now.
  if (state.mergedInto !== null) return refused('sos_wrong_state');
  const reopened: SosEvent = { type: 'sos.reopened', data: { reason } };
  return ok([reopened, ...nextWave(after(state, [reopened], around.nowMs), around)]);
}

export function handOff(command: Of<'hand_off'>, around: Surroundings): Decision {
  const { service, reference, note } = command;
  return ok([
    {
      type: 'sos.handed_off',
      data: { handOffId: around.newId(), service, state: command.state, reference, note },
    },
  ]);
}
