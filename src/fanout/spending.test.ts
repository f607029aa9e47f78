import { describe, expect, test } from 'vitest';
import { SignInDelays } from '../accounts/sign-in-delay.ts';
import { ADDRESS_RATES, DoorLimits, PERSON_RATES } from '../gateway/door-limits.ts';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { SpentRow } from '../lib/spending.ts';
import { SharedSpending, type SpentTable } from './spending.ts';

const ADA = '00000000-0000-4000-8000-00000000000a';

/** Nodes that tell each other over a bus, or, when that is down, by a table. */
class Nodes {
  readonly clock = new ManualClock();
  readonly written: (readonly [nodeId: string, row: SpentRow])[] = [];
  readonly told: SpentRow[] = [];
  isBusUp = true;
  /** Whether they know of each other. */
  isKnown = true;
  readonly all: readonly SharedSpending[];

  constructor(count: number) {
    this.all = Array.from({ length: count }, (_, i) => this.#node(i, count));
    for (const [i, node] of this.all.entries()) node.start(this.#table(`${i}`));
  }

  #node(at: number, count: number): SharedSpending {
    return new SharedSpending({
      nodeId: `${at}`,
      clock: this.clock,
      log: silentLogger,
      metrics: noMetrics,
      hasOthers: () => this.isKnown && count > 1,
      tell: (rows) => {
        if (!this.isBusUp) return false;
        this.told.push(...rows);
        for (const other of this.all) if (other !== this.all[at]) other.hear(rows);
        return true;
      },
    });
  }

  #table(self: string): SpentTable {
    let read = 0;
    return {
      write: async (nodeId, rows) => void this.written.push(...rows.map((row) => [nodeId, row] as const)),
      changed: async () => {
        const news = this.written.slice(read).filter(([nodeId]) => nodeId !== self);
        read = this.written.length;
        return news.map(([, row]) => row);
      },
    };
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
}

const doorsOf = (nodes: Nodes) =>
  nodes.all.map(
    (spending) =>
      new DoorLimits({
        clock: nodes.clock,
        addressRates: ADDRESS_RATES,
        personRates: PERSON_RATES,
        onExceeded: () => {},
        spending,
      }),
  );

describe.each(['a bus', 'the store'])(
  'a share of somebody on three nodes that tell each other over %s',
  (by) => {
    const begin = () => {
      const nodes = new Nodes(3);
      nodes.isBusUp = by === 'a bus';
      return nodes;
    };

    test('is spent three times for a moment, and then once', async () => {
      const nodes = begin();
      const doors = doorsOf(nodes);
      const { burst, perSecond } = PERSON_RATES.command;
      const takenIn = async (ms: number) => {
        let taken = 0;
        for (let passed = 0; passed < ms; passed += 50) {
          for (const door of doors)
            for (let i = 0; i < 20; i++) if (door.personWaitMs(ADA, 'command') === 0) taken += 1;
          await nodes.pass(50);
        }
        return taken;
      };
      const first = await takenIn(3_000);
      expect(first).toBeLessThanOrEqual(3 * (burst + 2 * perSecond));
      // What was too much at first is paid back, so in the long run it is one share and the moment at the beginning.
      const later = await takenIn(60_000);
      expect(first + later).toBeLessThanOrEqual(3 * burst + 63 * perSecond * 1.3);
      // And nobody is shut out for longer than a bucket takes to fill twice.
      expect(await takenIn(30_000)).toBeGreaterThan(0);
    });

    test('of somebody who keeps to it is told to nobody, and waits for nothing', async () => {
      const nodes = begin();
      const doors = doorsOf(nodes);
      for (let s = 0; s < 60; s++) {
        for (const door of doors) expect(door.personWaitMs(ADA, 'telemetry')).toBe(0);
        await nodes.pass(1_000);
      }
      expect([nodes.told, nodes.written]).toEqual([[], []]);
    });

    test('of one person is nobody else’s, and a call for help asks for none', async () => {
      const nodes = begin();
      const [here, there] = doorsOf(nodes) as [DoorLimits, DoorLimits];
      for (let i = 0; i < 1_000; i++) here.personWaitMs(ADA, 'command');
      for (let i = 0; i < 1_000; i++) here.mayCall('192.0.2.1');
      await nodes.pass(1_000);
      await nodes.pass(1_000);
      const left = Array.from({ length: 1_000 }, () => there.personWaitMs(ADA, 'command'));
      const { burst, perSecond } = PERSON_RATES.command;
      expect(left.filter((waitMs) => waitMs === 0).length).toBeLessThanOrEqual(2 * perSecond);
      expect(left.at(-1)).toBeLessThanOrEqual((2 * burst * 1_000) / perSecond);
      expect(there.personWaitMs('somebody else', 'command')).toBe(0);
      expect(there.personWaitMs(ADA, 'telemetry')).toBe(0);
      expect(there.mayCall('192.0.2.1')).toBe(true);
    });

    test('of failures to sign in grows on all of them, whichever is tried', async () => {
      const nodes = begin();
      const delays = nodes.all.map((spending) => new SignInDelays(spending, nodes.clock));
      const tried = { admitted: 0 };
      // An hour of guessing one account from one network, each node in turn.
      for (let s = 0; s < 3_600; s++) {
        for (const delay of delays) {
          const admission = delay.admit('ada@example.org', '192.0.2.0', false, nodes.clock.monotonicMs());
          if ('waitMs' in admission) continue;
          tried.admitted += 1;
          admission.failed();
        }
        await nodes.pass(1_000);
      }
      // One node lets 3 through at once, and then one after 1, 2, 4, … 512, 900 s: 15. Three that told each other nothing 45.
      expect(tried.admitted).toBeLessThanOrEqual(2 * 15);
      const told = JSON.stringify([nodes.told, nodes.written]);
      expect(told).not.toContain('ada');
      expect(told).not.toContain('192.0.2');
    });
  },
);

test('what could be told of more people than anybody has is bounded, those first who spend most', async () => {
  const nodes = new Nodes(2);
  const spent = nodes.all[0]?.open('x', 1, () => {});
  for (let i = 0; i < 60_000; i++) spent?.(`${i}`);
  for (let i = 0; i < 5; i++) spent?.('7');
  await nodes.pass(1_000);
  expect(nodes.told).toHaveLength(2_000);
  expect(nodes.told[0]).toEqual(['x', '7', 6]);
});

test('what was spent just before another node was known of is told to it', async () => {
  const nodes = new Nodes(2);
  nodes.isKnown = false;
  const [here, there] = nodes.all;
  const spent = here?.open('x', 1, () => {});
  const heard: [string, number][] = [];
  there?.open('x', 1, (key, amount) => heard.push([key, amount]));
  spent?.('long ago');
  for (let s = 0; s < 5; s++) await nodes.pass(1_000);
  spent?.('ada');
  await nodes.pass(1_000);
  nodes.isKnown = true;
  await nodes.pass(1_000);
  expect(heard).toEqual([['ada', 1]]);
});

test('a node alone tells nobody and asks nothing of the store', async () => {
  const nodes = new Nodes(1);
  nodes.isBusUp = false;
  const [door] = doorsOf(nodes);
  for (let i = 0; i < 100; i++) door?.personWaitMs(ADA, 'command');
  await nodes.pass(1_000);
  expect(nodes.written).toEqual([]);
});
