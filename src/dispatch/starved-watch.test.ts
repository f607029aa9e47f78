import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { StarvedWatch } from './starved-watch.ts';
import { wavesOf } from './testing/policy.ts';
import { DISPATCHER, World } from './testing/world.ts';

const escalated = () => {
  const w = new World({ near: 100 }, wavesOf(1)).raise();
  w.ask(DISPATCHER, { type: 'escalate', reason: null });
  return w.state;
};

function watch(states: ReturnType<typeof escalated>[], hasSomebodyToAsk: () => boolean, nowMs = 1_000_000) {
  const clock = new ManualClock(nowMs);
  const found: string[] = [];
  const looked = { times: 0 };
  const watching = new StarvedWatch({
    clock,
    everyMs: 500,
    open: () => states,
    hasSomebodyToAsk: () => {
      looked.times += 1;
      return hasSomebodyToAsk();
    },
    onFound: (sosId) => found.push(sosId),
  });
  return { clock, found, looked, watching };
}

test('somebody who comes near an escalated SOS is noticed', () => {
  const { clock, found, watching } = watch([escalated()], () => true);
  watching.changed();
  clock.advance(500);
  expect(found).toEqual(['sos']);
});

test('a crowd that moves is one look, and nobody moving is none', () => {
  const { clock, looked, watching } = watch([escalated()], () => false);
  clock.advance(10_000);
  expect(looked.times).toBe(0);
  for (let i = 0; i < 1_000; i++) watching.changed();
  clock.advance(500);
  expect(looked.times).toBe(1);
});

test('an SOS that is not escalated has its own waves and is left alone', () => {
  const { clock, looked, watching } = watch([new World({ near: 100 }).raise().state], () => true);
  watching.changed();
  clock.advance(500);
  expect(looked.times).toBe(0);
});

test('an SOS whose wave was due and found nobody is looked at, whoever is still asked', () => {
  const w = new World({ near: 100, far: 200 }, { ...wavesOf(1), offerTtlMs: 600_000 }).raise();
  const waveTimerMs = w.state.rule.waveTimerMs;
  for (const id of ['near', 'far']) w.people.set(id, { distanceM: 100, eligible: false, skills: [] });
  w.tick();
  expect(w.state.wave).toBe(1);
  const { clock, found, watching } = watch([w.state], () => true, w.nowMs - waveTimerMs);
  watching.changed();
  clock.advance(500);
  expect(found).toEqual([]);
  clock.advance(waveTimerMs);
  watching.changed();
  clock.advance(500);
  expect(found).toEqual(['sos']);
});

test('a node that stops looks no more', () => {
  const { clock, looked, watching } = watch([escalated()], () => true);
  watching.changed();
  watching.stop();
  watching.changed();
  clock.advance(1_000);
  expect(looked.times).toBe(0);
});
