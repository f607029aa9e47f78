import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rule } from '../rule.ts';
import { slotsFor, wavesOf } from '../testing/policy.ts';
import { DISPATCHER, person, REQUESTER, replayed, World } from '../testing/world.ts';
import {
  emptySlots,
  heldSlots,
  isOpen,
  isPrimaryUnderWay,
  isSeeking,
  type Offer,
  openOffers,
  type SosState,
} from './state.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);
const RUNS = Number(process.env.FC_RUNS ?? 2_000);

const PEOPLE = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const who = fc.constantFrom(...PEOPLE);

/** One thing that happens to the world: somebody answers, time passes, somebody comes or goes. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('accept' as const), who) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('decline' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('withdraw' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('start' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resolve' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('release' as const), who) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('come' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('go' as const), who) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('tick' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('search' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('escalate' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cancel' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('depart' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('arrive' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('assign' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('take_out' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('hold' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('unhold' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('reopen' as const), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('hand_off' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('receive' as const), who) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('reconsider' as const), who) },
);

const NOBODY = { userId: '', isDispatcher: false };

function take(w: World, [what, id]: readonly [string, (typeof PEOPLE)[number]]): void {
  const known = w.people.get(id);
  switch (what) {
    case 'accept':
      w.accept(id);
      break;
    case 'decline':
      w.decline(id);
      break;
    case 'withdraw':
      w.ask(person(id), { type: 'withdraw', reason: null });
      break;
    case 'depart':
    case 'arrive':
    case 'start':
    case 'resolve':
      w.ask(person(id), { type: what });
      break;
    case 'release':
      w.busy.add(id);
      w.ask(NOBODY, { type: 'release_offers', responderId: id });
      break;
    case 'come':
      w.busy.delete(id);
      if (known) known.eligible = true;
      break;
    case 'go':
      if (known) known.eligible = false;
      break;
    case 'tick':
      w.tick();
      break;
    case 'search':
      w.ask(NOBODY, { type: 'search' });
      break;
    case 'escalate':
      w.ask(DISPATCHER, { type: 'escalate', reason: null });
      break;
    case 'assign':
      w.ask(DISPATCHER, { type: 'assign', responderId: id, slot: null });
      break;
    case 'take_out':
      w.ask(DISPATCHER, { type: 'release', responderId: id, reason: null });
      break;
    case 'hold':
      w.ask(DISPATCHER, { type: 'hold', forMs: 300_000, reason: null });
      break;
    case 'unhold':
      w.ask(DISPATCHER, { type: 'unhold' });
      break;
    case 'reopen':
      w.ask(DISPATCHER, { type: 'reopen', reason: null });
      break;
    case 'hand_off':
      w.ask(DISPATCHER, { type: 'hand_off', service: '112', state: 'reported', reference: null, note: null });
      break;
    case 'receive':
      w.ask(NOBODY, { type: 'received', delivered: [w.offerOf(id)], seen: [w.offerOf(id)] });
      break;
    case 'reconsider':
      w.ask(NOBODY, { type: 'reconsider', responderId: id });
      break;
    case 'cancel':
      w.ask(REQUESTER, { type: 'cancel', reason: null });
      break;
  }
}

const LADDERS: readonly Rule['ladder'][] = [
  [{ step: 'dispatchers', afterMs: 90_000 }],
  [
    { step: 'wider_ring', afterMs: 30_000, radiusMaxM: 2_500, alertsMore: 3 },
    { step: 'professionals', afterMs: 60_000, radiusMaxM: 5_000, alertsMore: 3 },
    { step: 'dispatchers', afterMs: 120_000 },
    { step: 'hand_off', afterMs: 240_000 },
  ],
];

const scenario = fc.record({
  distances: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 6, maxLength: 6 }),
  rule: fc.record({
    waveSize: fc.integer({ min: 1, max: 4 }),
    alertsMax: fc.integer({ min: 1, max: 12 }),
    slots: fc.integer({ min: 1, max: 4 }),
    reservesMax: fc.integer({ min: 0, max: 2 }),
    unreachableAfterMs: fc.constantFrom(5_000, 10_000, 86_400_000),
    ladder: fc.constantFrom(...LADDERS),
  }),
  steps: fc.array(step, { maxLength: 60 }),
});

const drawn = ({
  waveSize,
  slots,
  ...rest
}: { waveSize: number; slots: number } & Partial<Omit<Rule, 'slots'>>): Partial<Rule> => ({
  ...rest,
  ...wavesOf(waveSize),
  slots: slotsFor(slots),
  noMovementMs: 150_000,
});

/** How an offer may change: silence is not a no, everything else is final. */
const MAY_BECOME: Record<Offer['status'], readonly Offer['status'][]> = {
  OPEN: ['OPEN', 'ACCEPTED', 'RESERVE', 'DECLINED', 'EXPIRED', 'CLOSED'],
  EXPIRED: ['EXPIRED', 'ACCEPTED', 'RESERVE', 'DECLINED'],
  RESERVE: ['RESERVE', 'ACCEPTED', 'DECLINED', 'CLOSED'],
  ACCEPTED: ['ACCEPTED'],
  DECLINED: ['DECLINED'],
  // Only where they were let go through no choice of their own; `asked_again` and the end of an SOS are final.
  CLOSED: ['CLOSED', 'ACCEPTED', 'RESERVE'],
};
const FINAL: readonly Offer['closeReason'][] = ['cancelled', 'resolved', 'merged', 'busy', 'asked_again'];

function check(w: World, before: SosState | null, mayHaveBeenAsked: ReadonlySet<string>): void {
  const { state } = w;
  const open = openOffers(state);
  const held = heldSlots(state);
  const [primary] = state.slots;
  // S2: a slot has one holder, a person one slot, and nobody is asked while every slot is filled or the SOS is on hold.
  expect(new Set(state.slots.map(({ slot }) => slot)).size).toBe(state.slots.length);
  expect(primary?.slot).toBe(1);
  expect(new Set(held.map(({ holder }) => holder.responderId)).size).toBe(held.length);
  expect(state.acceptedBy).toBe(isOpen(state) ? (primary?.holder?.responderId ?? null) : state.acceptedBy);
  if (emptySlots(state).length === 0 || state.holdUntilMs !== null || !isOpen(state))
    expect(open).toEqual([]);
  if (isOpen(state)) {
    const isHeld = state.status === 'ACCEPTED' || state.status === 'IN_PROGRESS';
    expect(isHeld).toBe(primary?.holder !== null);
  }
  // S3: open is in the hands of a primary who is under way, or has a deadline ahead.
  if (isOpen(state) && !isPrimaryUnderWay(state)) expect(w.dueAtMs).toBeGreaterThanOrEqual(w.nowMs);
  // S5: closed is closed, until a dispatcher opens it again.
  if (before && !isOpen(before) && !isOpen(state)) expect(state.status).toBe(before.status);
  if (!isOpen(state)) expect(held).toEqual([]);
  for (const offer of state.offers.values()) {
    const was = before?.offers.get(offer.id);
    if (was) {
      expect(MAY_BECOME[was.status]).toContain(offer.status);
      if (FINAL.includes(was.closeReason)) expect(offer.status).toBe('CLOSED');
      continue;
    }
    // S4: only who may be asked at that moment, never who said no, never the requester, never twice at once.
    expect(mayHaveBeenAsked).toContain(offer.responderId);
    expect(before?.declined ?? new Set()).not.toContain(offer.responderId);
    expect(offer.responderId).not.toBe(REQUESTER.userId);
  }
  expect(new Set(open.map((offer) => offer.responderId)).size).toBe(open.length);
  const more = w.policy.base.ladder.reduce(
    (sum, rung) => sum + ('alertsMore' in rung ? rung.alertsMore : 0),
    0,
  );
  expect(state.offers.size).toBeLessThanOrEqual(w.policy.base.alertsMax + more);
}

/** S13: after a look, nobody whose devices say nothing keeps somebody else from being asked. */
function checkReached({ state, nowMs }: World): void {
  const saysNothing = (offer: Offer) =>
    offer.deliveredAtMs === null && offer.sentAtMs + state.rule.unreachableAfterMs <= nowMs;
  const silent = isSeeking(state) ? openOffers(state).filter(saysNothing) : [];
  expect(silent.filter(({ unreachedAtMs }) => unreachedAtMs === null)).toEqual([]);
}

test(`the machine keeps its promises whatever happens (${RUNS} histories, seed ${SEED})`, () => {
  fc.assert(
    fc.property(scenario, ({ distances, rule, steps }) => {
      const people = Object.fromEntries(PEOPLE.map((id, i) => [id, distances[i] ?? 1]));
      const w = new World(people, drawn(rule));
      w.raise();
      check(w, null, new Set(PEOPLE));
      for (const next of steps) {
        const before = w.state;
        take(w, next);
        if (next[0] === 'tick') checkReached(w);
        check(w, before, new Set(PEOPLE.filter((id) => w.mayBeAsked(id))));
      }
      // S1: the log alone leads to the same state, and its numbers have no gaps.
      expect(w.log.map((event) => event.seq)).toEqual(w.log.map((_, i) => i + 1));
      expect(replayed(w.log)).toEqual(w.state);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test('left alone, every SOS is escalated or somebody was asked to the end', () => {
  fc.assert(
    fc.property(scenario, ({ distances, rule }) => {
      const w = new World(Object.fromEntries(PEOPLE.map((id, i) => [id, distances[i] ?? 1])), drawn(rule));
      w.raise();
      for (let i = 0; i < 100 && w.state.status === 'PENDING'; i++) w.tick();
      expect(w.state.status).toBe('ESCALATED');
    }),
    { seed: SEED, numRuns: 300 },
  );
});
