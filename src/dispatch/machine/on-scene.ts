import { ok, refused } from '../../lib/result.ts';
import { after } from './after.ts';
import { standDown } from './answers.ts';
import type { Actor, Decision, Surroundings } from './commands.ts';
import type { SeenBy, SosEvent } from './events.ts';
import { type HeldSlot, isOpen, PRIMARY_SLOT, type SosState, slotOf } from './state.ts';

/** What a position shows of a holder. Twice is harmless, and a position never takes back what was said. */
export function moved(
  state: SosState,
  responderId: string,
  what: 'departed' | 'arrived',
  around: Surroundings,
): SosEvent[] {
  const held = isOpen(state) ? slotOf(state, responderId) : null;
  if (!held) return [];
  return letGo(state, around, what === 'departed' ? departed(held, 'position') : arrived(held, 'position'));
}

export function depart(state: SosState, actor: Actor, around: Surroundings): Decision {
  return ofHolder(state, actor, around, (held) => departed(held, 'person'));
}

export function arrive(state: SosState, actor: Actor, around: Surroundings): Decision {
  return ofHolder(state, actor, around, (held) => arrived(held, 'person'));
}

/** The holder has begun to help. It is the primary's word that the status goes by; anybody else is there. */
export function start(state: SosState, actor: Actor, around: Surroundings): Decision {
  return ofHolder(state, actor, around, (held) => {
    const here = arrived(held, 'person');
    if (held.slot !== PRIMARY_SLOT || state.status === 'IN_PROGRESS') return here;
    return [...here, { type: 'sos.started', data: { responderId: actor.userId } }];
  });
}

function ofHolder(
  state: SosState,
  actor: Actor,
  around: Surroundings,
  decide: (held: HeldSlot) => SosEvent[],
): Decision {
  if (!isOpen(state)) return refused('sos_closed');
  const held = slotOf(state, actor.userId);
  return held ? ok(letGo(state, around, decide(held))) : refused('not_holder');
}

/** Whoever was sought only in case they do not come is let go. */
function letGo(state: SosState, around: Surroundings, events: SosEvent[]): SosEvent[] {
  if (events.length === 0) return events;
  return [...events, ...standDown(after(state, events, around.nowMs))];
}

function departed({ slot, holder }: HeldSlot, by: SeenBy): SosEvent[] {
  if (holder.departedAtMs !== null) return [];
  return [{ type: 'sos.departed', data: { responderId: holder.responderId, slot, by } }];
}

function arrived({ slot, holder }: HeldSlot, by: SeenBy): SosEvent[] {
  if (holder.arrivedAtMs !== null) return [];
  return [{ type: 'sos.arrived', data: { responderId: holder.responderId, slot, by } }];
}
