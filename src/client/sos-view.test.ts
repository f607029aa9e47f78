import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apply, begin, type Happened } from '../dispatch/machine/apply.ts';
import { merge } from '../dispatch/machine/ending.ts';
import type { SosState } from '../dispatch/machine/state.ts';
import { slotsFor, wavesOf } from '../dispatch/testing/policy.ts';
import { DISPATCHER, person, REQUESTER, World } from '../dispatch/testing/world.ts';
import { dispatcherSosView, project, projectForFeed, sosView } from '../dispatch/view.ts';
import { sosEvents } from '../protocol/dispatch-events.ts';
import type { SosView, StreamEvent } from '../protocol/down.ts';
import { sosAfter, sosCreated } from './sos-view.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_125);
const RUNS = Number(process.env.FC_RUNS ?? 500);
const PEOPLE = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
type Id = (typeof PEOPLE)[number];
const NOBODY = { userId: '', isDispatcher: false };

/** Everything that can happen to an SOS, by name. */
const STEPS: Readonly<Record<string, (w: World, id: Id) => void>> = {
  accept: (w, id) => w.accept(id),
  decline: (w, id) => w.decline(id),
  withdraw: (w, id) => w.ask(person(id), { type: 'withdraw', reason: null }),
  depart: (w, id) => w.ask(person(id), { type: 'depart' }),
  arrive: (w, id) => w.ask(person(id), { type: 'arrive' }),
  start: (w, id) => w.ask(person(id), { type: 'start' }),
  resolve: (w, id) => w.ask(person(id), { type: 'resolve' }),
  cancel: (w) => w.ask(REQUESTER, { type: 'cancel', reason: null }),
  busy: (w, id) => {
    w.busy.add(id);
    w.ask(NOBODY, { type: 'release_offers', responderId: id });
  },
  free: (w, id) => w.busy.delete(id),
  tick: (w) => w.tick(),
  escalate: (w) => w.ask(DISPATCHER, { type: 'escalate', reason: null }),
  takeOver: (w, id) => w.ask(DISPATCHER, { type: 'take_over', ownerId: id }),
  assign: (w, id) => w.ask(DISPATCHER, { type: 'assign', responderId: id, slot: null }),
  release: (w, id) => w.ask(DISPATCHER, { type: 'release', responderId: id, reason: null }),
  hold: (w) => w.ask(DISPATCHER, { type: 'hold', forMs: 300_000, reason: null }),
  unhold: (w) => w.ask(DISPATCHER, { type: 'unhold' }),
  reopen: (w) => w.ask(DISPATCHER, { type: 'reopen', reason: null }),
  handOff: (w) =>
    w.ask(DISPATCHER, { type: 'hand_off', service: '112', state: 'reported', reference: null, note: null }),
  receive: (w, id) => w.ask(NOBODY, { type: 'received', delivered: [w.offerOf(id)], seen: [] }),
};

/** Without time and answers there is little to see. */
const OFTEN = [
  ...Array(4).fill('accept'),
  ...Array(5).fill('tick'),
  'withdraw',
  'withdraw',
  'depart',
  'arrive',
];

const scenario = fc.record({
  distances: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 6, maxLength: 6 }),
  waveSize: fc.integer({ min: 1, max: 4 }),
  slots: fc.integer({ min: 1, max: 4 }),
  reservesMax: fc.integer({ min: 0, max: 2 }),
  byPhone: fc.boolean(),
  merged: fc.constantFrom('no', 'into another', 'with another'),
  steps: fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS), ...OFTEN), fc.constantFrom(...PEOPLE)), {
    maxLength: 60,
    size: 'max',
  }),
});

/** The log of a random history and the state it led to. */
function history(drawn: typeof scenario extends fc.Arbitrary<infer T> ? T : never): {
  log: Happened[];
  state: SosState;
} {
  const { distances, waveSize, slots, reservesMax, byPhone, merged, steps } = drawn;
  const people = Object.fromEntries(PEOPLE.map((id, i) => [id, distances[i] ?? 1]));
  const ladder = [
    { step: 'wider_ring' as const, afterMs: 30_000, radiusMaxM: 2_500, alertsMore: 3 },
    { step: 'dispatchers' as const, afterMs: 90_000 },
    { step: 'hand_off' as const, afterMs: 200_000 },
  ];
  const times = { noMovementMs: 150_000, unreachableAfterMs: 15_000 };
  const rule = { ...wavesOf(waveSize), slots: slotsFor(slots), reservesMax, ladder, ...times };
  const w = new World(people, rule);
  w.raise(
    byPhone
      ? {
          requesterId: null,
          origin: 'dispatcher',
          raisedBy: DISPATCHER.userId,
          callbackNumber: '1',
          addressText: 'x',
        }
      : {},
  );
  for (const [what, id] of steps) STEPS[what]?.(w, id);
  const log = [...w.log];
  if (merged === 'no') return { log, state: w.state };
  const other = new World({}, rule).raise().state;
  const another: SosState = { ...other, id: 'another' };
  const decision =
    merged === 'into another'
      ? merge(w.state, another, DISPATCHER, null).from
      : merge(another, w.state, DISPATCHER, null).into;
  for (const event of decision.ok ? decision.value : [])
    log.push({ ...event, seq: (log.at(-1)?.seq ?? 0) + 1, atMs: w.nowMs });
  return { log, state: log.slice(1).reduce(apply, begin('sos', log[0] as Happened)) };
}

function folded(log: readonly Happened[], seenAs: (event: Happened) => unknown): SosView {
  const [first, ...rest] = log.map((event) => seenAs(event) as StreamEvent);
  if (first?.type !== 'sos.created') throw new Error('an SOS begins with its creation');
  return rest.reduce(sosAfter, sosCreated('sos', first));
}

/** But for what is counted, see `sosAfter`; and without what is not there. */
const comparable = (view: object): unknown =>
  JSON.parse(JSON.stringify({ ...view, openOffers: undefined, reserves: undefined }));

const logged = (event: Happened) => ({ ...event, stream: 'sos:sos', actorId: null });

test(`events lead a client to what the server has (${RUNS} histories, seed ${SEED})`, () => {
  fc.assert(
    fc.property(scenario, (drawn) => {
      const { log, state } = history(drawn);
      const asDispatcher = folded(log, (event) => project(DISPATCHER, logged(event)));
      expect(comparable(asDispatcher)).toEqual(comparable(dispatcherSosView(state)));
      const onFeed = folded(log, (event) => projectForFeed(DISPATCHER, logged(event)));
      expect(comparable(onFeed)).toEqual(comparable(dispatcherSosView(state)));
      // The number to call back comes with the snapshot of those who come, never with an event.
      const asRequester = folded(log, (event) => project(REQUESTER, logged(event)));
      expect(comparable(asRequester)).toEqual(comparable({ ...sosView(state), callbackNumber: null }));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test('every kind of event of an SOS is met by these histories', () => {
  const met = new Set<string>();
  for (const drawn of fc.sample(scenario, { seed: SEED, numRuns: RUNS }))
    for (const event of history(drawn).log) met.add(event.type);
  expect([...met].sort()).toEqual(Object.keys(sosEvents).sort());
});
