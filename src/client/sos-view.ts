import type { SosView, StreamEvent } from '../protocol/down.ts';

type Slot = SosView['slots'][number];
type Of<T extends StreamEvent['type']> = Extract<StreamEvent, { type: T }>;

/** The SOS that begins with this event. */
export function sosCreated(sosId: string, { data, atMs, seq, isProvisional }: Of<'sos.created'>): SosView {
  return {
    sosId,
    seq,
    status: 'PENDING',
    emergencyType: data.emergencyType,
    priority: data.priority,
    isDrill: data.isDrill,
    origin: data.origin,
    alertId: data.alertId ?? null,
    point: data.point,
    addressText: data.addressText,
    description: data.description,
    requesterId: data.requesterId,
    callbackNumber: data.callbackNumber ?? null,
    acceptedBy: null,
    createdAtMs: atMs,
    acceptedAtMs: null,
    startedAtMs: null,
    closedAtMs: null,
    slots: data.wanted.map((role, i) => emptySlot({ slot: i + 1, role, behind: null })),
    wave: 0,
    radiusM: 0,
    openOffers: 0,
    reserves: 0,
    nextWaveAtMs: atMs,
    escalationLevel: 0,
    handOff: null,
    ownerId: data.origin === 'dispatcher' ? data.raisedBy : null,
    holdUntilMs: null,
    mergedInto: null,
    ...(data.duplicates ? { duplicates: data.duplicates, asked: [] } : {}),
    ...(isProvisional ? { isProvisional } : {}),
  };
}

/**
 * An SOS after one more of its events, as the server has it but for one thing: how many offers and reserves are left is
 * counted, because events name the offers and not what they were. The next snapshot has it exactly.
 */
export function sosAfter(sos: SosView, event: StreamEvent): SosView {
  const asked = sos.asked ? { asked: askedAfter(sos.asked, event) } : {};
  const isProvisional = event.isProvisional ? { isProvisional: event.isProvisional } : {};
  return { ...sos, ...changeOf(sos, event), ...asked, ...isProvisional, seq: event.seq };
}

type Asked = NonNullable<SosView['asked']>;

/** Who has been asked and has not answered, where the receiver may know it. */
function askedAfter(asked: Asked, event: StreamEvent): Asked {
  const without = (ids: readonly string[]) => asked.filter(([offerId]) => !ids.includes(offerId));
  switch (event.type) {
    case 'sos.wave_sent': {
      const { offers } = event.data;
      const now = typeof offers === 'number' ? [] : offers;
      return [...asked, ...now.map(({ offerId, responderId }): Asked[number] => [offerId, responderId])];
    }
    case 'sos.offer_declined':
    case 'sos.accepted':
    case 'sos.reserve_joined':
      return without([event.data.offerId]);
    case 'sos.holder_assigned': {
      const { responderId } = event.data;
      return asked.filter(([, askedId]) => askedId !== responderId);
    }
    case 'sos.offers_expired':
    case 'sos.offers_closed':
      return without(event.data.offerIds);
    case 'sos.resolved':
    case 'sos.cancelled':
      return [];
    default:
      return asked;
  }
}

function changeOf(sos: SosView, event: StreamEvent): Partial<SosView> {
  switch (event.type) {
    case 'sos.wave_sent': {
      const { wave, radiusM, offers, nextWaveAtMs } = event.data;
      const asked = typeof offers === 'number' ? offers : offers.length;
      return { wave, radiusM, nextWaveAtMs, openOffers: sos.openOffers + asked };
    }
    case 'sos.offer_declined':
      return fewerOffers(sos, 1);
    case 'sos.offers_expired':
    case 'sos.offers_closed':
      return fewerOffers(sos, event.data.offerIds.length);
    case 'sos.reserve_joined':
      return { reserves: sos.reserves + 1 };
    case 'sos.accepted':
      return { ...taken(sos, event), ...fewerOffers(sos, 1) };
    case 'sos.holder_assigned':
      return taken(sos, event);
    case 'sos.withdrawn':
    case 'sos.holder_released':
      return given(sos, event.data.slot, event.atMs);
    case 'sos.holder_promoted':
      return promoted(sos, event);
    case 'sos.departed':
      return settled(
        {
          ...sos,
          slots: withSlot(sos, event.data.slot, () => ({ departedAtMs: event.atMs })),
        },
        event.data.slot,
      );
    case 'sos.arrived':
      return settled(
        {
          ...sos,
          slots: withSlot(sos, event.data.slot, (slot) => ({
            departedAtMs: slot.departedAtMs ?? event.atMs,
            arrivedAtMs: event.atMs,
          })),
        },
        event.data.slot,
      );
    case 'sos.slot_added':
      return { slots: [...sos.slots, emptySlot(event.data)], nextWaveAtMs: event.atMs };
    case 'sos.started':
      return { status: 'IN_PROGRESS', startedAtMs: event.atMs };
    default:
      return changeOfCourse(sos, event);
  }
}

/** What decides about the SOS as a whole. */
function changeOfCourse(sos: SosView, event: StreamEvent): Partial<SosView> {
  switch (event.type) {
    case 'sos.escalated':
      return escalated(sos, event);
    case 'sos.taken_over':
      return { ownerId: event.data.ownerId };
    case 'sos.held':
      return { ownerId: event.data.ownerId, holdUntilMs: event.data.untilMs, nextWaveAtMs: null };
    case 'sos.unheld':
      return { holdUntilMs: null, nextWaveAtMs: event.atMs };
    case 'sos.joined':
      return { callbackNumber: sos.callbackNumber ?? event.data.callbackNumber };
    case 'sos.handed_off':
      return { handOff: sos.handOff === 'confirmed' ? 'confirmed' : event.data.state };
    case 'sos.resolved':
      return { ...closed(sos, event.atMs), status: 'RESOLVED' };
    case 'sos.cancelled':
      return { ...closed(sos, event.atMs), status: 'CANCELLED', mergedInto: event.data.mergedInto };
    case 'sos.reopened':
      return {
        ...noPrimary,
        slots: sos.slots.filter(({ behind }) => behind === null),
        closedAtMs: null,
        mergedInto: null,
        radiusM: 0,
        nextWaveAtMs: event.atMs,
      };
    default:
      return {};
  }
}

function taken(sos: SosView, event: Of<'sos.accepted'> | Of<'sos.holder_assigned'>): Partial<SosView> {
  const { responderId, slot } = event.data;
  const slots = withSlot(sos, slot, () => ({ holderId: responderId, heldAtMs: event.atMs }));
  return {
    slots,
    ...(slot === 1 ? primaryIs(responderId, event.atMs) : {}),
    ...(slots.every(({ holderId }) => holderId !== null) ? { nextWaveAtMs: null } : {}),
  };
}

function given(sos: SosView, slot: number, atMs: number): Partial<SosView> {
  const slots = withSlot(sos, slot, emptySlot);
  const next = settled({ ...sos, slots, nextWaveAtMs: atMs }, slot);
  return { radiusM: 0, ...next, ...(slot === 1 ? noPrimary : {}) };
}

function promoted(sos: SosView, { data, atMs }: Of<'sos.holder_promoted'>): Partial<SosView> {
  const from = sos.slots.find(({ slot }) => slot === data.fromSlot);
  const slots = sos.slots.map((slot): Slot => {
    if (slot.slot === data.fromSlot) return emptySlot(slot);
    return slot.slot === data.toSlot && from
      ? { ...from, slot: slot.slot, role: slot.role, behind: slot.behind }
      : slot;
  });
  return { ...settled({ ...sos, slots }, data.fromSlot), ...primaryIs(data.responderId, atMs) };
}

/** Nobody has to be made up for at this slot any more. */
function settled(sos: SosView, slot: number): Pick<SosView, 'slots' | 'nextWaveAtMs'> {
  const { nextWaveAtMs } = sos;
  if (!sos.slots.some(({ behind }) => behind === slot)) return { slots: sos.slots, nextWaveAtMs };
  const slots = sos.slots
    .filter(({ behind, holderId }) => behind !== slot || holderId !== null)
    .map((s) => (s.behind === slot ? { ...s, behind: null } : s));
  return { slots, nextWaveAtMs: slots.every(({ holderId }) => holderId !== null) ? null : nextWaveAtMs };
}

function escalated(sos: SosView, { data }: Of<'sos.escalated'>): Partial<SosView> {
  const needsHuman = data.step === 'dispatchers' || data.step === 'hand_off';
  return {
    escalationLevel: data.level,
    ...(needsHuman && sos.acceptedBy === null ? { status: 'ESCALATED' as const } : {}),
    ...(data.step === 'hand_off' ? { handOff: sos.handOff ?? 'needed' } : {}),
    nextWaveAtMs: sos.nextWaveAtMs === null ? null : data.nextWaveAtMs,
  };
}

function closed(sos: SosView, atMs: number): Partial<SosView> {
  const slots = sos.slots.map(emptySlot);
  return { slots, closedAtMs: atMs, nextWaveAtMs: null, holdUntilMs: null, openOffers: 0, reserves: 0 };
}

const noPrimary = { status: 'PENDING' as const, acceptedBy: null, acceptedAtMs: null, startedAtMs: null };

const primaryIs = (acceptedBy: string, acceptedAtMs: number) => ({
  status: 'ACCEPTED' as const,
  acceptedBy,
  acceptedAtMs,
});

const fewerOffers = (sos: SosView, by: number) => ({ openOffers: Math.max(0, sos.openOffers - by) });

const emptySlot = ({ slot, role, behind }: Pick<Slot, 'slot' | 'role' | 'behind'>): Slot => ({
  slot,
  role,
  behind,
  holderId: null,
  heldAtMs: null,
  departedAtMs: null,
  arrivedAtMs: null,
});

const withSlot = (sos: SosView, number: number, change: (slot: Slot) => Partial<Slot>): Slot[] =>
  sos.slots.map((slot) => (slot.slot === number ? { ...slot, ...change(slot) } : slot));
