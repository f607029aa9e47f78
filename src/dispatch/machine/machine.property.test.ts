import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DISPATCHER, person, REQUESTER, replayed, World } from '../testing/world.ts';
import { isOpen, type Offer, openOffers, type SosState } from './state.ts';

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
);

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
    case 'start':
    case 'resolve':
      w.ask(person(id), { type: what });
      break;
    case 'release':
      w.busy.add(id);
      w.ask({ userId: '', isDispatcher: false }, { type: 'release_offers', responderId: id });
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
      w.ask({ userId: '', isDispatcher: false }, { type: 'search' });
      break;
    case 'escalate':
      w.ask(DISPATCHER, { type: 'escalate', reason: null });
      break;
    case 'cancel':
      w.ask(REQUESTER, { type: 'cancel', reason: null });
      break;
  }
}

const scenario = fc.record({
  distances: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 6, maxLength: 6 }),
  waveSize: fc.integer({ min: 1, max: 4 }),
  alertsMax: fc.integer({ min: 1, max: 12 }),
  steps: fc.array(step, { maxLength: 60 }),
});

/** How an offer may change: silence is not a no, everything else is final. */
const MAY_BECOME: Record<Offer['status'], readonly Offer['status'][]> = {
  OPEN: ['OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'CLOSED'],
  EXPIRED: ['EXPIRED', 'ACCEPTED', 'DECLINED'],
  ACCEPTED: ['ACCEPTED'],
  DECLINED: ['DECLINED'],
  CLOSED: ['CLOSED'],
};

function check(w: World, before: SosState | null, mayHaveBeenAsked: ReadonlySet<string>): void {
  const { state } = w;
  const open = openOffers(state);
  // S2: one holder, and nobody is asked while there is one.
  if (state.slot) expect(state.acceptedBy).toBe(state.slot.holderId);
  if (state.slot || !isOpen(state)) expect(open).toEqual([]);
  if (state.status === 'ACCEPTED' || state.status === 'IN_PROGRESS') expect(state.slot).not.toBeNull();
  // S3: open is owned by a person or has a deadline ahead.
  if (isOpen(state) && !state.slot) expect(w.dueAtMs).toBeGreaterThanOrEqual(w.nowMs);
  // S5: closed is closed.
  if (before && !isOpen(before)) {
    expect(state.status).toBe(before.status);
    expect(state.slot).toBeNull();
  }
  for (const offer of state.offers.values()) {
    const was = before?.offers.get(offer.id);
    if (was) {
      expect(MAY_BECOME[was.status]).toContain(offer.status);
      continue;
    }
    // S4: only who may be asked at that moment, never who said no, never the requester, never twice at once.
    expect(mayHaveBeenAsked).toContain(offer.responderId);
    expect(before?.declined ?? new Set()).not.toContain(offer.responderId);
    expect(offer.responderId).not.toBe(REQUESTER.userId);
  }
  expect(new Set(open.map((offer) => offer.responderId)).size).toBe(open.length);
  expect(state.offers.size).toBeLessThanOrEqual(w.policy.alertsMax);
}

test(`the machine keeps its promises whatever happens (${RUNS} histories, seed ${SEED})`, () => {
  fc.assert(
    fc.property(scenario, ({ distances, waveSize, alertsMax, steps }) => {
      const people = Object.fromEntries(PEOPLE.map((id, i) => [id, distances[i] ?? 1]));
      const w = new World(people, { waveSize, alertsMax });
      w.raise();
      check(w, null, new Set(PEOPLE));
      for (const next of steps) {
        const before = w.state;
        take(w, next);
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
    fc.property(scenario, ({ distances, waveSize, alertsMax }) => {
      const w = new World(Object.fromEntries(PEOPLE.map((id, i) => [id, distances[i] ?? 1])), {
        waveSize,
        alertsMax,
      });
      w.raise();
      for (let i = 0; i < 100 && w.state.status === 'PENDING'; i++) w.tick();
      expect(w.state.status).toBe('ESCALATED');
    }),
    { seed: SEED, numRuns: 300 },
  );
});
