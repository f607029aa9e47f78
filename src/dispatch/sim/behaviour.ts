import { destination } from '../../geo/lat-lng.ts';
import { isHolder, isOpen, isRequester, type SosState } from '../machine/state.ts';
import type { PersonCommand } from '../person-command.ts';
import type { Chance } from './chance.ts';
import { type Person, somewhere } from './people.ts';

/** Somebody, as far as it matters for what they do. */
export type Somebody = Pick<Person, 'userId' | 'role' | 'point'>;

export interface Town {
  readonly chance: Chance;
  readonly newId: () => string;
  readonly people: readonly Somebody[];
  /** Every SOS as the log has it: what screens show, and nobody needs to be right about. */
  readonly sos: () => readonly SosState[];
}

const TYPES = ['MEDICAL', 'MEDICAL', 'ACCIDENT', 'OTHER'] as const;
const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
const MOST_OPEN = 5;

/** What somebody does of their own accord, if anything. */
export function whatNext(person: Somebody, town: Town): PersonCommand | null {
  if (person.role === 'dispatcher') return byDispatcher(person, town);
  const held = town.sos().find((sos) => isOpen(sos) && isHolder(sos, person.userId));
  if (held) return byHolder(held, town);
  if (person.role === 'requester') return byRequester(person, town);
  return byResponder(person, town);
}

function byHolder(sos: SosState, { chance, newId }: Town): PersonCommand | null {
  const body = { id: newId(), sosId: sos.id };
  const drawn = chance.random();
  if (drawn < 0.1) return ['sos.depart', body];
  if (drawn < 0.2) return ['sos.arrive', body];
  if (drawn < 0.3) return ['sos.start', body];
  if (drawn < 0.4) return ['sos.resolve', body];
  if (drawn < 0.5) return ['sos.withdraw', { ...body, reason: 'the car does not start' }];
  if (drawn < 0.55) return ['chat.send', { ...body, text: 'on my way' }];
  if (drawn < 0.6) return ['chat.read', { ...body, upToSeq: chance.whole(1, 6) }];
  return null;
}

function byRequester(person: Somebody, town: Town): PersonCommand | null {
  const { chance, newId } = town;
  const open = town.sos().filter(isOpen);
  const mine = open.filter((sos) => isRequester(sos, person.userId));
  const [one] = mine;
  if (one && chance.hits(0.12)) return ['sos.cancel', { id: newId(), sosId: one.id }];
  if (one && chance.hits(0.15)) return ['chat.send', { id: newId(), sosId: one.id, text: 'hurry' }];
  if (one && chance.hits(0.05))
    return ['chat.read', { id: newId(), sosId: one.id, upToSeq: chance.whole(1, 6) }];
  if (one && chance.hits(0.03)) return ['sos.escalate', { id: newId(), sosId: one.id }];
  if (mine.length < 2 && open.length < MOST_OPEN && chance.hits(0.4))
    return ['sos.create', raised(person, town)];
  return null;
}

/** Now and then they practise, are in need themselves, or answer what is none of theirs, or too late. */
function byResponder(person: Somebody, town: Town): PersonCommand | null {
  const { chance, newId } = town;
  if (chance.hits(0.04)) return ['sos.create', { ...raised(person, town), isDrill: chance.hits(0.7) }];
  if (!chance.hits(0.25)) return null;
  const sos = chance.of(town.sos());
  const offer =
    sos &&
    chance.of([...sos.offers.values()].filter((o) => chance.hits(0.1) || o.responderId === person.userId));
  if (!sos || !offer) return null;
  const body = { id: newId(), sosId: sos.id, offerId: offer.id };
  return chance.hits(0.7) ? ['offer.accept', body] : ['offer.decline', body];
}

function byDispatcher(person: Somebody, town: Town): PersonCommand | null {
  const { chance, newId } = town;
  const all = town.sos();
  const sos = chance.of(chance.hits(0.85) ? all.filter(isOpen) : all);
  if (!sos || chance.hits(0.05)) {
    if (all.filter(isOpen).length >= MOST_OPEN) return null;
    const isDrill = chance.hits(0.3);
    return ['sos.raise', { ...raised(person, town), callbackNumber: '+41 44 000 00 00', isDrill }];
  }
  const seen = chance.hits(0.2) ? { expectSeq: Math.max(1, sos.seq - chance.whole(0, 2)) } : {};
  const body = { id: newId(), sosId: sos.id, ...seen };
  const responderId = chance.of(town.people.filter(({ role }) => role === 'responder'))?.userId ?? '';
  const holderId = chance.of(sos.slots.flatMap(({ holder }) => (holder ? [holder.responderId] : [])));
  const intoId = chance.of(all)?.id ?? sos.id;
  return chance.one<PersonCommand>(
    ['sos.assign', { ...body, responderId, ...(chance.hits(0.3) ? { slot: chance.whole(1, 3) } : {}) }],
    ['sos.assign', { ...body, responderId }],
    ['sos.release', { ...body, responderId: holderId ?? responderId }],
    ['sos.release', { ...body, responderId: holderId ?? responderId }],
    ['sos.hold', { ...body, forMs: chance.whole(1, 15) * 1_000 }],
    ['sos.unhold', body],
    ['sos.merge', { ...body, intoId, reason: 'the same fire' }],
    ['sos.reopen', body],
    ['sos.reopen', body],
    ['sos.take_over', body],
    ['sos.take_over', body],
    ['sos.escalate', body],
    ['sos.hand_off', { ...body, service: '144' }],
    ['sos.resolve', body],
    ['sos.cancel', { ...body, reason: 'a mistake' }],
  );
}

function raised({ point }: Somebody, { chance, newId }: Town) {
  const where = chance.hits(0.3)
    ? destination(point, chance.between(0, 360), chance.between(0, 60))
    : somewhere(chance);
  return {
    id: newId(),
    emergencyType: chance.of(TYPES) ?? 'MEDICAL',
    priority: chance.of(PRIORITIES) ?? 'HIGH',
    point: where,
    description: 'chest pain',
  };
}
