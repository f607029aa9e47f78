import { describe, expect, test } from 'vitest';
import { wavesOf } from '../testing/policy.ts';
import { DISPATCHER, person, REQUESTER, World } from '../testing/world.ts';
import type { Actor, SosCommand } from './commands.ts';
import { merge } from './ending.ts';
import { heldSlots, isOpen, type SosStatus } from './state.ts';

const NOBODY: Actor = { userId: '', isDispatcher: false };
const HAND_OFF = {
  type: 'hand_off',
  service: '112',
  state: 'reported',
  reference: null,
  note: null,
} as const;

/** Everything that can be asked, by the one who usually asks it. */
const ASKED = {
  'accept by who is asked': (w: World) => w.accept('near'),
  'decline by who is asked': (w: World) => w.decline('near'),
  'withdraw by the holder': by(person('near'), { type: 'withdraw', reason: 'flat tyre' }),
  'start by the holder': by(person('near'), { type: 'start' }),
  'resolve by the holder': by(person('near'), { type: 'resolve' }),
  'resolve by a dispatcher': by(DISPATCHER, { type: 'resolve' }),
  'cancel by the requester': by(REQUESTER, { type: 'cancel', reason: null }),
  'cancel by who is asked': by(person('near'), { type: 'cancel', reason: null }),
  'hand-off and resolve by a dispatcher': (w: World) => {
    w.ask(DISPATCHER, HAND_OFF);
    return w.ask(DISPATCHER, { type: 'resolve' });
  },
  'depart by the holder': by(person('near'), { type: 'depart' }),
  'arrive by the holder': by(person('near'), { type: 'arrive' }),
  'the holder is seen to depart': inner({ type: 'moved', responderId: 'near', what: 'departed' }),
  'the holder is seen to arrive': inner({ type: 'moved', responderId: 'near', what: 'arrived' }),
  'take over by a dispatcher': by(DISPATCHER, { type: 'take_over', ownerId: null }),
  'assign the next by a dispatcher': by(DISPATCHER, { type: 'assign', responderId: 'next', slot: null }),
  'release the holder by a dispatcher': by(DISPATCHER, {
    type: 'release',
    responderId: 'near',
    reason: null,
  }),
  'hold by a dispatcher': by(DISPATCHER, { type: 'hold', forMs: 60_000, reason: null }),
  'hold by the holder': by(person('near'), { type: 'hold', forMs: 60_000, reason: null }),
  'end of a hold by a dispatcher': by(DISPATCHER, { type: 'unhold' }),
  'reopen by a dispatcher': by(DISPATCHER, { type: 'reopen', reason: null }),
  'reopen by the requester': by(REQUESTER, { type: 'reopen', reason: null }),
  'hand-off by a dispatcher': by(DISPATCHER, HAND_OFF),
  'a device has the offer': (w: World) =>
    w.ask(NOBODY, { type: 'received', delivered: [w.offerOf('near')], seen: [] }),
  'who was asked has moved nearer': inner({ type: 'reconsider', responderId: 'next' }),
  'escalate by a dispatcher': by(DISPATCHER, { type: 'escalate', reason: null }),
  'escalate by the requester': by(REQUESTER, { type: 'escalate', reason: null }),
  'anything by a stranger': by(person('stranger'), { type: 'resolve' }),
  'a deadline': (w: World) => {
    w.nowMs = w.dueAtMs ?? w.nowMs;
    return w.ask(NOBODY, { type: 'tick' });
  },
  'somebody has come near': (w: World) => w.ask(NOBODY, { type: 'search' }),
  'who was asked takes another SOS': (w: World) => {
    w.busy.add('near');
    return w.ask(NOBODY, { type: 'release_offers', responderId: 'near' });
  },
} as const;

type Asked = keyof typeof ASKED;
/** The types of the events that follow, in order, or why nothing does. */
type Expected = string;

function inner(command: SosCommand) {
  return by(NOBODY, command);
}

function by(actor: Actor, command: SosCommand) {
  return (w: World) => w.ask(actor, command);
}

/** Two people near enough to be asked, `near` first and alone; one more out of reach of the first ring. */
const inStatus: Record<SosStatus, () => World> = {
  PENDING: () => new World({ near: 100, next: 200 }, wavesOf(1)).raise(),
  ACCEPTED: () => {
    const w = inStatus.PENDING();
    w.accept('near');
    return w;
  },
  IN_PROGRESS: () => {
    const w = inStatus.ACCEPTED();
    w.ask(person('near'), { type: 'start' });
    return w;
  },
  RESOLVED: () => {
    const w = inStatus.IN_PROGRESS();
    w.ask(person('near'), { type: 'resolve' });
    return w;
  },
  CANCELLED: () => {
    const w = inStatus.PENDING();
    w.ask(REQUESTER, { type: 'cancel', reason: null });
    return w;
  },
  ESCALATED: () => {
    const w = inStatus.PENDING();
    w.ask(DISPATCHER, { type: 'escalate', reason: null });
    return w;
  },
};

const TABLE: Record<SosStatus, Record<Asked, Expected>> = {
  PENDING: {
    'accept by who is asked': 'sos.accepted',
    'decline by who is asked': 'sos.offer_declined, sos.wave_sent',
    'withdraw by the holder': 'not_holder',
    'start by the holder': 'not_holder',
    'resolve by the holder': 'not_holder',
    'resolve by a dispatcher': 'sos_wrong_state',
    'cancel by the requester': 'sos.offers_closed, sos.cancelled',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': 'sos.offers_closed, sos.resolved',
    'depart by the holder': 'not_holder',
    'arrive by the holder': 'not_holder',
    'the holder is seen to depart': '',
    'the holder is seen to arrive': '',
    'take over by a dispatcher': 'sos.taken_over',
    'assign the next by a dispatcher': 'sos.holder_assigned, sos.offers_closed',
    'release the holder by a dispatcher': 'not_holder',
    'hold by a dispatcher': 'sos.offers_closed, sos.held',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': '',
    'reopen by a dispatcher': '',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos.handed_off',
    'a device has the offer': 'sos.offers_received',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos.escalated',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': 'sos.wave_sent',
    'somebody has come near': '',
    'who was asked takes another SOS': 'sos.offers_closed, sos.wave_sent',
  },
  ACCEPTED: {
    'accept by who is asked': '',
    'decline by who is asked': 'offer_closed',
    'withdraw by the holder': 'sos.withdrawn, sos.wave_sent',
    'start by the holder': 'sos.arrived, sos.started',
    'resolve by the holder': 'sos.resolved',
    'resolve by a dispatcher': 'sos.resolved',
    'cancel by the requester': 'sos.cancelled',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': 'sos.resolved',
    'depart by the holder': 'sos.departed',
    'arrive by the holder': 'sos.arrived',
    'the holder is seen to depart': 'sos.departed',
    'the holder is seen to arrive': 'sos.arrived',
    'take over by a dispatcher': 'sos.taken_over',
    'assign the next by a dispatcher': 'sos.slot_added, sos.holder_assigned',
    'release the holder by a dispatcher': 'sos.holder_released, sos.wave_sent',
    'hold by a dispatcher': 'sos.held',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': '',
    'reopen by a dispatcher': '',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos.handed_off',
    'a device has the offer': 'sos.offers_received',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos.escalated',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': 'sos.holder_nudged',
    'somebody has come near': '',
    'who was asked takes another SOS': '',
  },
  IN_PROGRESS: {
    'accept by who is asked': '',
    'decline by who is asked': 'offer_closed',
    'withdraw by the holder': 'sos.withdrawn, sos.wave_sent',
    'start by the holder': '',
    'resolve by the holder': 'sos.resolved',
    'resolve by a dispatcher': 'sos.resolved',
    'cancel by the requester': 'sos.cancelled',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': 'sos.resolved',
    'depart by the holder': '',
    'arrive by the holder': '',
    'the holder is seen to depart': '',
    'the holder is seen to arrive': '',
    'take over by a dispatcher': 'sos.taken_over',
    'assign the next by a dispatcher': 'sos.slot_added, sos.holder_assigned',
    'release the holder by a dispatcher': 'sos.holder_released, sos.wave_sent',
    'hold by a dispatcher': 'sos.held',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': '',
    'reopen by a dispatcher': '',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos.handed_off',
    'a device has the offer': 'sos.offers_received',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos.escalated',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': '',
    'somebody has come near': '',
    'who was asked takes another SOS': '',
  },
  RESOLVED: {
    'accept by who is asked': 'sos_closed',
    'decline by who is asked': 'offer_closed',
    'withdraw by the holder': 'sos_closed',
    'start by the holder': 'sos_closed',
    'resolve by the holder': '',
    'resolve by a dispatcher': '',
    'cancel by the requester': 'sos_closed',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': '',
    'depart by the holder': 'sos_closed',
    'arrive by the holder': 'sos_closed',
    'the holder is seen to depart': '',
    'the holder is seen to arrive': '',
    'take over by a dispatcher': 'sos_closed',
    'assign the next by a dispatcher': 'sos_closed',
    'release the holder by a dispatcher': 'sos_closed',
    'hold by a dispatcher': 'sos_closed',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': 'sos_closed',
    'reopen by a dispatcher': 'sos.reopened, sos.wave_sent',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos_closed',
    'a device has the offer': '',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos_closed',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': '',
    'somebody has come near': '',
    'who was asked takes another SOS': '',
  },
  CANCELLED: {
    'accept by who is asked': 'sos_closed',
    'decline by who is asked': 'offer_closed',
    'withdraw by the holder': 'sos_closed',
    'start by the holder': 'sos_closed',
    'resolve by the holder': 'sos_closed',
    'resolve by a dispatcher': 'sos_closed',
    'cancel by the requester': '',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': 'sos_closed',
    'depart by the holder': 'sos_closed',
    'arrive by the holder': 'sos_closed',
    'the holder is seen to depart': '',
    'the holder is seen to arrive': '',
    'take over by a dispatcher': 'sos_closed',
    'assign the next by a dispatcher': 'sos_closed',
    'release the holder by a dispatcher': 'sos_closed',
    'hold by a dispatcher': 'sos_closed',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': 'sos_closed',
    'reopen by a dispatcher': 'sos.reopened, sos.wave_sent',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos_closed',
    'a device has the offer': '',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos_closed',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': '',
    'somebody has come near': '',
    'who was asked takes another SOS': '',
  },
  ESCALATED: {
    'accept by who is asked': 'sos.accepted',
    'decline by who is asked': 'sos.offer_declined, sos.wave_sent',
    'withdraw by the holder': 'not_holder',
    'start by the holder': 'not_holder',
    'resolve by the holder': 'not_holder',
    'resolve by a dispatcher': 'sos_wrong_state',
    'cancel by the requester': 'sos.offers_closed, sos.cancelled',
    'cancel by who is asked': 'forbidden',
    'hand-off and resolve by a dispatcher': 'sos.offers_closed, sos.resolved',
    'depart by the holder': 'not_holder',
    'arrive by the holder': 'not_holder',
    'the holder is seen to depart': '',
    'the holder is seen to arrive': '',
    'take over by a dispatcher': 'sos.taken_over',
    'assign the next by a dispatcher': 'sos.holder_assigned, sos.offers_closed',
    'release the holder by a dispatcher': 'not_holder',
    'hold by a dispatcher': 'sos.offers_closed, sos.held',
    'hold by the holder': 'forbidden',
    'end of a hold by a dispatcher': '',
    'reopen by a dispatcher': '',
    'reopen by the requester': 'forbidden',
    'hand-off by a dispatcher': 'sos.handed_off',
    'a device has the offer': 'sos.offers_received',
    'who was asked has moved nearer': '',
    'escalate by a dispatcher': 'sos.escalated',
    'escalate by the requester': 'forbidden',
    'anything by a stranger': 'sos_not_found',
    'a deadline': 'sos.wave_sent',
    'somebody has come near': 'sos.wave_sent',
    'who was asked takes another SOS': 'sos.offers_closed, sos.wave_sent',
  },
};

/** Where the table asks each command that there is; does not compile while one is missing. */
const ASKED_AS: Record<SosCommand['type'], Asked> = {
  accept: 'accept by who is asked',
  decline: 'decline by who is asked',
  withdraw: 'withdraw by the holder',
  depart: 'depart by the holder',
  arrive: 'arrive by the holder',
  start: 'start by the holder',
  resolve: 'resolve by the holder',
  cancel: 'cancel by the requester',
  escalate: 'escalate by a dispatcher',
  take_over: 'take over by a dispatcher',
  assign: 'assign the next by a dispatcher',
  release: 'release the holder by a dispatcher',
  hold: 'hold by a dispatcher',
  unhold: 'end of a hold by a dispatcher',
  reopen: 'reopen by a dispatcher',
  hand_off: 'hand-off by a dispatcher',
  tick: 'a deadline',
  search: 'somebody has come near',
  reconsider: 'who was asked has moved nearer',
  moved: 'the holder is seen to depart',
  received: 'a device has the offer',
  release_offers: 'who was asked takes another SOS',
};

test.each(Object.entries(ASKED_AS))('the table asks %s', (type, asked) => {
  const w = inStatus.ACCEPTED();
  const types: string[] = [];
  const ask = w.ask.bind(w);
  w.ask = (actor, command) => {
    types.push(command.type);
    return ask(actor, command);
  };
  ASKED[asked](w);
  expect(types).toContain(type);
});

const STATUSES = Object.keys(TABLE) as SosStatus[];

describe.each(STATUSES)('merging an SOS that is %s', (from) => {
  test.each(STATUSES)('into one that is %s', (into) => {
    const state = { ...inStatus[from]().state, id: 'from' };
    const other = { ...inStatus[into]().state, id: 'into' };
    const decisions = Object.values(merge(state, other, DISPATCHER, null));
    const what = decisions.map((d) => (d.ok ? d.value.map(({ type }) => type).at(-1) : d.code));
    const areOpen = isOpen(state) && isOpen(other);
    const isHeld = heldSlots(state).length > 0;
    const code = !areOpen ? 'sos_closed' : isHeld ? 'sos_wrong_state' : null;
    expect(what).toEqual(code ? [code, code] : ['sos.cancelled', 'sos.joined']);
  });
});

describe.each(Object.keys(TABLE) as SosStatus[])('an SOS that is %s', (status) => {
  test.each(Object.entries(TABLE[status]) as [Asked, Expected][])('%s: %s', (asked, expected) => {
    const world = inStatus[status]();
    expect(world.state.status).toBe(status);
    const before = world.state;
    const decision = ASKED[asked](world);
    const what = decision.ok ? decision.value.map((event) => event.type).join(', ') : decision.code;
    expect(what).toBe(expected);
    if (!decision.ok) expect(world.state).toBe(before);
  });
});

test('after a withdrawal who was stood down is asked again, who withdrew is not', () => {
  const w = new World({ near: 100, next: 200 }).raise();
  w.accept('near');
  w.ask(person('near'), { type: 'withdraw', reason: null });
  const asked = [...w.state.offers.values()]
    .filter((offer) => offer.status === 'OPEN')
    .map((o) => o.responderId);
  expect(asked).toEqual(['next']);
});

test('the ring grows at once while nobody is in it', () => {
  const w = new World({ far: 1_900 }).raise();
  expect(w.state).toMatchObject({ wave: 1, radiusM: 2_000 });
});

test('who does not answer is not asked twice', () => {
  const w = new World({ silent: 100 }).raise();
  for (let i = 0; i < 10; i++) w.tick();
  expect(w.state.offers.size).toBe(1);
  expect(w.state.status).toBe('ESCALATED');
});

test('no more people are asked than the policy allows', () => {
  const people = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${i}`, 100 + i]));
  const w = new World(people, { ...wavesOf(7), alertsMax: 10 }).raise();
  for (let i = 0; i < 10; i++) w.tick();
  expect(w.state.offers.size).toBe(10);
  expect(w.state.status).toBe('ESCALATED');
});

test('an escalation on the way is a level and not a status', () => {
  const w = inStatus.ACCEPTED();
  w.ask(DISPATCHER, { type: 'escalate', reason: null });
  expect(w.state).toMatchObject({ status: 'ACCEPTED', escalationLevel: 1 });
});
