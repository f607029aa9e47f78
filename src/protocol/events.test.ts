import { expect, test } from 'vitest';
import { inboxOf } from '../dispatch/inbox.ts';
import type { Happened } from '../dispatch/machine/apply.ts';
import { merge } from '../dispatch/machine/ending.ts';
import { slotsFor } from '../dispatch/testing/policy.ts';
import { DISPATCHER, person, REQUESTER, replayed, World } from '../dispatch/testing/world.ts';
import { project } from '../dispatch/view.ts';
import { inboxEvents, sosEvents } from './dispatch-events.ts';

type Shapes = Readonly<
  Record<string, { readonly shape: Readonly<Record<string, { isOptional(): boolean }>> }>
>;

/** What an event's data has too much or too little of, compared with the wire; receivers refuse both. */
function misfits(schemas: Shapes, { type, data }: { type: string; data: object }): string[] {
  const shape = schemas[type]?.shape;
  if (!shape) return [`${type}: not on the wire`];
  const surplus = Object.keys(data).filter((name) => !(name in shape));
  const missing = Object.keys(shape).filter((name) => !(name in data) && !shape[name]?.isOptional());
  return [
    ...surplus.map((name) => `${type}: ${name} is not on the wire`),
    ...missing.map((name) => `${type}: no ${name}`),
  ];
}

/** SOS that together pass through everything that can happen to one. */
function worlds(): World[] {
  const helped = new World({ a: 100, b: 200, c: 300 }).raise();
  helped.decline('a');
  helped.accept('b');
  helped.ask(person('b'), { type: 'start' });
  helped.ask(person('b'), { type: 'withdraw', reason: null });
  helped.accept('c');
  helped.ask(person('c'), { type: 'resolve' });
  const silent = new World({ a: 100 }).raise();
  for (let i = 0; i < 20; i++) silent.tick();
  const cancelled = new World({ a: 100 }).raise();
  cancelled.ask(DISPATCHER, { type: 'escalate', reason: null });
  cancelled.ask(REQUESTER, { type: 'cancel', reason: 'all is well' });
  const unreached = new World({ a: 100 }, { unreachableAfterMs: 1_000 }).raise();
  unreached.tick();
  return [helped, silent, unreached, cancelled, crowded(), takenOver()];
}

/** Two slots and somebody kept ready, a primary who does not move and gives it back. */
function crowded(): World {
  const w = new World({ a: 100, b: 200, c: 300, d: 400 }, { slots: slotsFor(2), reservesMax: 1 }).raise();
  w.ask(NOBODY, { type: 'received', delivered: [w.offerOf('a')], seen: [] });
  for (const id of ['a', 'b', 'c']) w.accept(id);
  w.tick();
  w.tick();
  w.ask(person('b'), { type: 'depart' });
  w.ask(person('a'), { type: 'withdraw', reason: null });
  return w;
}

/** Everything that dispatchers do. */
function takenOver(): World {
  const w = new World({ a: 100, b: 200 }).raise();
  w.ask(DISPATCHER, { type: 'take_over', ownerId: null });
  w.ask(DISPATCHER, { type: 'hold', forMs: 60_000, reason: null });
  w.ask(DISPATCHER, { type: 'unhold' });
  w.ask(DISPATCHER, { type: 'assign', responderId: 'b', slot: null });
  w.ask(DISPATCHER, { type: 'release', responderId: 'b', reason: null });
  w.ask(DISPATCHER, { type: 'hand_off', service: '112', state: 'reported', reference: null, note: null });
  const other = new World({ a: 100 }).raise();
  const { from, into } = merge({ ...other.state, id: 'other' }, w.state, DISPATCHER, null);
  if (from.ok) other.happen(from.value);
  if (into.ok) w.happen(into.value);
  w.ask(DISPATCHER, { type: 'cancel', reason: null });
  w.ask(DISPATCHER, { type: 'reopen', reason: null });
  return w;
}

const NOBODY = { userId: '', isDispatcher: false };

const onTheWire = (event: Happened): Happened => ({
  ...event,
  data: project(DISPATCHER, { ...event, stream: 'sos:1', actorId: null }).data as never,
});

test('every event that dispatch decides has the fields of the wire, no more and no less', () => {
  const logs = worlds().map((world) => world.log);
  expect(new Set(logs.flat().map((event) => event.type))).toEqual(new Set(Object.keys(sosEvents)));
  expect(logs.flat().flatMap((event) => misfits(sosEvents, onTheWire(event)))).toEqual([]);
});

test('so has everything that inboxes are told', () => {
  const told = worlds().flatMap(({ log }) =>
    log.flatMap((event, i) =>
      inboxOf(event, i === 0 ? null : replayed(log.slice(0, i)), replayed(log.slice(0, i + 1))),
    ),
  );
  expect(new Set(told.map((event) => event.type))).toEqual(new Set(Object.keys(inboxEvents)));
  expect(told.flatMap((event) => misfits(inboxEvents, event))).toEqual([]);
});
