import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from './clock.ts';
import { type LogFields, silentLogger } from './log.ts';
import { noMetrics } from './metric.ts';
import { CALM, nextOverload, type Overload, overloadTriggers, type Pressure, tickMsAt } from './overload.ts';
import { LOOK_EVERY_MS, OverloadWatch } from './overload-watch.ts';

const TRIGGERS = overloadTriggers(50);
const QUIET: Pressure = { loopDelayMs: 1, storeWaitMs: 0, memoryShare: 0.2, outboxShare: 0 };

/** How a node stands after each of these looks. */
function stoodAfter(looks: readonly Partial<Pressure>[], from: Overload = CALM): Overload[] {
  const stood: Overload[] = [];
  let now = from;
  for (const look of looks) {
    now = nextOverload(now, { ...QUIET, ...look }, TRIGGERS);
    stood.push(now);
  }
  return stood;
}

const levels = (looks: readonly Partial<Pressure>[], from?: Overload) =>
  stoodAfter(looks, from).map(({ level }) => level);

describe('a node', () => {
  test('rises and falls by one level at each look', () => {
    const late = { loopDelayMs: 2_000 };
    expect(levels([late, late, late, late, {}, {}, {}, {}])).toEqual([1, 2, 3, 3, 2, 1, 0, 0]);
  });

  test('stays where it is between the two edges of a level', () => {
    expect(
      levels([{ loopDelayMs: 51 }, { loopDelayMs: 40 }, { loopDelayMs: 31 }, { loopDelayMs: 29 }]),
    ).toEqual([1, 1, 1, 0]);
    expect(levels([{ loopDelayMs: 40 }])).toEqual([0]);
  });

  test.each<[cause: string, look: Partial<Pressure>, highest: number]>([
    ['event_loop', { loopDelayMs: 60 }, 1],
    ['event_loop', { loopDelayMs: 160 }, 2],
    ['event_loop', { loopDelayMs: 501 }, 3],
    ['store', { storeWaitMs: 201 }, 2],
    ['memory', { memoryShare: 0.86 }, 3],
    ['outboxes', { outboxShare: 0.25 }, 2],
  ])('comes by %s %j to level %i and says why', (cause, look, highest) => {
    expect(stoodAfter([look, look, look, look]).at(-1)).toEqual({ level: highest, cause });
  });

  test('says what has brought it there until it is calm again', () => {
    expect(stoodAfter([{ storeWaitMs: 900 }, { storeWaitMs: 900 }, {}, {}])).toEqual([
      { level: 1, cause: 'store' },
      { level: 2, cause: 'store' },
      { level: 1, cause: 'store' },
      CALM,
    ]);
  });

  test('never jumps, whatever is measured, and is calm after three quiet looks', () => {
    const look = fc.record({
      loopDelayMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
      storeWaitMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
      memoryShare: fc.double({ min: 0, max: 1, noNaN: true }),
      outboxShare: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
        const stood = [0, ...levels(looks)];
        for (const [i, level] of stood.entries())
          expect(Math.abs(level - (stood[i - 1] ?? 0))).toBeLessThanOrEqual(1);
        const { level, cause } = stoodAfter([...looks, {}, {}, {}]).at(-1) ?? CALM;
        expect([level, cause]).toEqual([0, null]);
        for (const now of stoodAfter(looks)) expect(now.level === 0).toBe(now.cause === null);
      }),
    );
  });
});

test('state goes out once a second while there is too much to do', () => {
  expect([tickMsAt(0, 250), tickMsAt(1, 250), tickMsAt(3, 250), tickMsAt(2, 4_000)]).toEqual([
    250, 1_000, 1_000, 4_000,
  ]);
});

test('a change is logged once, with what was measured, and told', () => {
  const clock = new ManualClock();
  const lines: LogFields[] = [];
  let pressure = QUIET;
  const watch = new OverloadWatch({
    measure: () => pressure,
    loopFromMs: 50,
    clock,
    log: { ...silentLogger, warn: (fields) => lines.push(fields) },
    metrics: noMetrics,
  });
  const told: Overload[] = [];
  watch.onChange((overload) => told.push(overload));
  clock.advance(3 * LOOK_EVERY_MS);
  pressure = { ...QUIET, loopDelayMs: 75.123 };
  clock.advance(3 * LOOK_EVERY_MS);
  expect(watch.now).toEqual({ level: 1, cause: 'event_loop' });
  watch.stop();
  clock.advance(3 * LOOK_EVERY_MS);
  expect(told).toEqual([{ level: 1, cause: 'event_loop' }]);
  expect(lines).toEqual([
    { level: 1, cause: 'event_loop', loopDelayMs: 75.12, storeWaitMs: 0, memoryShare: 0.2, outboxShare: 0 },
  ]);
});
