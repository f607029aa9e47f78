import { expect, test } from 'vitest';
import type { MusterClient, StreamHandlers } from '../client/node.ts';
import { ManualClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { Ledger } from './ledger.ts';
import { Mission } from './mission.ts';
import { MINUTE_MS, ReplayClock } from './schedule.ts';
import type { World } from './world.ts';

const SOS = 'sos-1';
const HERE = { lat: 37.77, lng: -122.42 };
const THERE = { lat: 37.78, lng: -122.42 };

/** Somebody with a slot, who knows nothing of the place yet. */
function holder() {
  const clock = new ManualClock(0);
  const did: string[] = [];
  let onSnapshot: StreamHandlers['onSnapshot'] = () => {};
  const client = {
    subscribe(stream: string, handlers: StreamHandlers) {
      if (stream === `sos:${SOS}`) onSnapshot = handlers.onSnapshot;
      return { unsubscribe: () => {} };
    },
    async command(kind: string) {
      did.push(kind);
      return { id: 'command' };
    },
  };
  const world: Partial<World> = {
    clock: new ReplayClock(clock, 1),
    ledger: new Ledger(() => 0),
    timeOfDayMs: 720 * MINUTE_MS,
  };
  const mission = new Mission(
    {
      world: world as World,
      client: client as unknown as MusterClient,
      userId: 'ann',
      random: seededRandom(1),
      position: () => HERE,
      moveTo: () => did.push('fix'),
    },
    SOS,
    0,
  );
  const learnPlace = () => onSnapshot?.({ seq: 1, view: { point: THERE } } as never);
  return { mission, did, learnPlace, wait: () => clock.advance(300 * MINUTE_MS) };
}

test('who holds a slot goes there, helps and finishes', () => {
  const { did, learnPlace, wait } = holder();
  learnPlace();
  wait();
  expect(did[0]).toBe('fix');
  expect(did).toEqual(expect.arrayContaining(['sos.start', 'chat.send', 'sos.resolve']));
});

test('who rests does nothing of what was planned', () => {
  const { mission, did, learnPlace, wait } = holder();
  learnPlace();
  mission.pause();
  wait();
  expect(did).toEqual([]);
});

test('who rests before the place is known does not set off when it is', () => {
  const { mission, did, learnPlace, wait } = holder();
  mission.pause();
  learnPlace();
  wait();
  expect(did).toEqual([]);
});

test('who rests lets the question go whether they are coming', () => {
  const { mission, did, learnPlace, wait } = holder();
  learnPlace();
  mission.pause();
  mission.nudged();
  wait();
  expect(did).toEqual([]);
});
