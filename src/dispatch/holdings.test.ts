import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldingChanges } from './holdings.ts';
import { apply, begin } from './machine/apply.ts';
import { heldSlots, type SosState } from './machine/state.ts';
import { slotsFor } from './testing/policy.ts';
import { DISPATCHER, person, World } from './testing/world.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_126);
const PEOPLE = ['a', 'b', 'c', 'd'] as const;
const WHAT = ['accept', 'withdraw', 'arrive', 'start', 'resolve', 'release', 'reopen', 'tick'] as const;
const steps = fc.array(fc.tuple(fc.constantFrom(...WHAT), fc.constantFrom(...PEOPLE)), { maxLength: 40 });

function take(w: World, what: (typeof WHAT)[number], id: string): void {
  w.nowMs += 1_000;
  if (what === 'accept') w.accept(id);
  else if (what === 'tick') w.tick();
  else if (what === 'withdraw') w.ask(person(id), { type: what, reason: null });
  else if (what === 'release') w.ask(DISPATCHER, { type: what, responderId: id, reason: null });
  else if (what === 'reopen') w.ask(DISPATCHER, { type: what, reason: null });
  else w.ask(person(id), { type: what });
}

test('whatever happens, the holdings that have not ended are the places held, and none that was taken is forgotten', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const w = new World({ a: 10, b: 20, c: 30, d: 40 }, { slots: slotsFor(2), reservesMax: 0 }).raise();
      for (const [what, id] of taken) take(w, what, id);
      const changes = new HoldingChanges();
      let state: SosState | null = null;
      for (const event of w.log) {
        const next: SosState = state ? apply(state, event) : begin('sos', event);
        changes.note(state, event, next, event.atMs);
        state = next;
        const open = changes.rows.filter(({ endedAtMs }) => endedAtMs === null);
        expect(open.map(({ responderId, slot }) => `${slot} ${responderId}`).sort()).toEqual(
          heldSlots(next).map(({ slot, holder }) => `${slot} ${holder.responderId}`),
        );
        const primary = heldSlots(next).find(({ slot }) => slot === 1)?.holder.responderId;
        const known = open.find(({ responderId }) => responderId === primary);
        if (primary) expect(known?.primaryAtMs).toBe(next.acceptedAtMs);
      }
      const takes = w.log.filter(({ type }) => type === 'sos.accepted' || type === 'sos.holder_assigned');
      expect(changes.rows).toHaveLength(takes.length);
      expect(
        changes.rows.every(({ endedAtMs, endedBy }) => (endedAtMs === null) === (endedBy === null)),
      ).toBe(true);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('the second of two is the primary from when the first gave up, and supports until then', () => {
  const w = new World({ a: 10, b: 20 }, { slots: slotsFor(2), reservesMax: 0 }).raise();
  for (const [what, id] of [
    ['accept', 'a'],
    ['accept', 'b'],
    ['withdraw', 'a'],
    ['start', 'b'],
  ] as const) {
    take(w, what, id);
  }
  const changes = new HoldingChanges();
  let state: SosState | null = null;
  for (const event of w.log) {
    const next: SosState = state ? apply(state, event) : begin('sos', event);
    changes.note(state, event, next, event.atMs);
    state = next;
  }
  expect(changes.rows).toMatchObject([
    {
      responderId: 'a',
      heldAtMs: 1_001_000,
      primaryAtMs: 1_001_000,
      endedAtMs: 1_003_000,
      endedBy: 'withdrawn',
    },
    {
      responderId: 'b',
      heldAtMs: 1_002_000,
      primaryAtMs: 1_003_000,
      startedAtMs: 1_004_000,
      endedAtMs: null,
    },
  ]);
});
