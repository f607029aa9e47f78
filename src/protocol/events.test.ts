import { expect, test } from 'vitest';
import { inboxOf } from '../dispatch/inbox.ts';
import { DISPATCHER, person, REQUESTER, replayed, World } from '../dispatch/testing/world.ts';
import { inboxEvents, sosEvents } from './dispatch.ts';

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
  return [helped, silent, cancelled];
}

test('every event that dispatch decides has the fields of the wire, no more and no less', () => {
  const logs = worlds().map((world) => world.log);
  expect(new Set(logs.flat().map((event) => event.type))).toEqual(new Set(Object.keys(sosEvents)));
  expect(logs.flat().flatMap((event) => misfits(sosEvents, event))).toEqual([]);
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
