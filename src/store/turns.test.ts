import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { type Priority, Turns } from './turns.ts';
import { WaitWatch } from './wait-watch.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const order: string[] = [];
  const leaves: (() => void)[] = [];
  const take = (name: string, priority: Priority) =>
    turns.take(priority, 3_000).then(
      (leave) => {
        order.push(name);
        leaves.push(leave);
      },
      (error: Error) => void order.push(`${name}: ${error.name}`),
    );
  const next = async () => {
    leaves.shift()?.();
    await settled();
  };
  return { clock, order, take, next };
}

test('an SOS goes before a thousand that came earlier, behind what runs already', async () => {
  const { order, take, next } = setUp();
  void take('runs', 2);
  for (let i = 0; i < 1_000; i++) void take(`list ${i}`, 2);
  void take('alert', 1);
  void take('sos', 0);
  await settled();
  for (let i = 0; i < 3; i++) await next();
  expect(order).toEqual(['runs', 'sos', 'alert', 'list 0']);
});

test('whoever waits too long is told, and takes no turn afterwards', async () => {
  const { clock, order, take, next } = setUp();
  void take('runs', 2);
  void take('late', 0);
  await settled();
  clock.advance(3_001);
  await settled();
  void take('after', 2);
  await next();
  await next();
  void take('again', 2);
  await settled();
  expect(order).toEqual(['runs', 'late: StoreUnavailable', 'after', 'again']);
});

test('the longest wait is told once, that of who still waits every time', () => {
  const clock = new ManualClock();
  const waits = new WaitWatch(clock);
  const end = waits.begin();
  clock.advance(70);
  const endLater = waits.begin();
  end();
  clock.advance(20);
  expect(waits.takeLongestMs()).toBe(70);
  expect(waits.takeLongestMs()).toBe(20);
  endLater();
  expect(waits.takeLongestMs()).toBe(20);
  expect(waits.takeLongestMs()).toBe(0);
});
