import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { type Fault, MemoryLaneStore } from '../../testing/telemetry/memory-lane-store.ts';
import { RecordingSource, rowOf, uuidOf } from '../../testing/telemetry/recording-source.ts';
import type { KeptFix } from '../positions/fix.ts';
import { DEFAULT_RULES, type Track } from '../positions/pipeline.ts';
import { positionSteps } from '../positions/steps.ts';
import { Lane } from './lane.ts';
import { frameBytes, MemoryBudget } from './memory-budget.ts';
import { type DeviceEpoch, keyOf } from './types.ts';

const FIXES_PER_DEVICE = 30;
const isBad = (seq: number) => seq % 7 === 0;

/** Two epochs of one device and a second device of the same person. */
const DEVICES: readonly DeviceEpoch[] = [
  { userId: uuidOf(1), deviceId: uuidOf(2), epoch: uuidOf(10) },
  { userId: uuidOf(1), deviceId: uuidOf(2), epoch: uuidOf(11) },
  { userId: uuidOf(1), deviceId: uuidOf(3), epoch: uuidOf(12) },
];

type Step =
  | { kind: 'send'; device: number; node: number; first: number; length: number }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'away'; away: boolean }
  | { kind: 'crash'; node: number }
  | { kind: 'hello'; device: number; node: number }
  | { kind: 'wait'; byMs: number; turns: number };

const upTo = (max: number) => fc.integer({ min: 0, max });
const send = fc.record<Extract<Step, { kind: 'send' }>>({
  kind: fc.constant('send'),
  device: upTo(DEVICES.length - 1),
  node: upTo(1),
  first: fc.integer({ min: 1, max: FIXES_PER_DEVICE }),
  length: fc.integer({ min: 1, max: 12 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: send },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fault: fc.constantFrom('before_commit' as const, 'after_commit' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('away' as const), away: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), node: upTo(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('hello' as const), device: upTo(2), node: upTo(1) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), byMs: upTo(60), turns: upTo(6) }) },
);

/** Two nodes, one store, and sockets that check every answer against the store at the moment it is given. */
class World {
  readonly store = new MemoryLaneStore<KeptFix>();
  readonly clock = new ManualClock();
  readonly startMs = this.clock.nowMs();
  readonly acked = new Map<string, number>();
  readonly #nodes: Lane<KeptFix, Track, Track>[] = [this.#node(), this.#node()];

  #node(): Lane<KeptFix, Track, Track> {
    return new Lane({
      steps: positionSteps(DEFAULT_RULES, { moved: () => {} }),
      budget: new MemoryBudget(frameBytes(75, 400), noMetrics),
      store: this.store,
      clock: this.clock,
      random: seededRandom(1),
      log: silentLogger,
      metrics: noMetrics,
      settings: { batchRows: 20, devicesMax: 2, retryCapMs: 200 },
    });
  }

  /** A dead node says nothing more and never reaches the store again, but what it had under way may still land. */
  crash(node: number): void {
    this.#nodes[node] = this.#node();
  }

  hello(device: DeviceEpoch, node: number): void {
    this.#nodes[node]?.ackedSeq(device).then((seq) => {
      // Null when it is away.
      const storedSeq = this.store.cursors.get(keyOf(device)) ?? 0;
      this.#check(seq === null || seq <= storedSeq, 'hello told more than is stored');
    });
  }

  send(device: DeviceEpoch, node: number, first: number, last: number): void {
    const rows = Array.from({ length: last - first + 1 }, (_, i) =>
      isBad(first + i) ? ['bad'] : rowOf(first + i, this.startMs),
    );
    const frame = { epoch: device.epoch, seq: first, sentAtMs: this.startMs + last * 1_000, rows };
    const key = keyOf(device);
    const source = new RecordingSource();
    source.answer = (answer) => {
      if (answer[0] !== 'ack') return;
      const cursor = this.store.cursors.get(key) ?? 0;
      this.#check(answer[1].seq <= cursor, `acknowledged ${answer[1].seq}, stored ${cursor}`);
      this.acked.set(key, Math.max(this.acked.get(key) ?? 0, answer[1].seq));
      for (const [seq] of answer[1].refused ?? []) this.#check(isBad(seq), `${seq} is good but was refused`);
    };
    this.#nodes[node]?.take(device, frame, this.clock.nowMs(), source);
  }

  async wait(byMs: number, turns: number): Promise<void> {
    for (let i = 0; i <= turns; i++) {
      this.clock.advance(byMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The store is well again and every device does what the protocol asks of it: sends on from what was acknowledged. */
  async settle(): Promise<void> {
    this.store.away = false;
    this.store.faults.length = 0;
    const ackedOf = (device: DeviceEpoch) => this.acked.get(keyOf(device)) ?? 0;
    for (let round = 0; DEVICES.some((device) => ackedOf(device) < FIXES_PER_DEVICE); round++) {
      if (round > 200) throw new Error('a device waits for ever');
      DEVICES.forEach((device, i) => {
        const first = ackedOf(device) + 1;
        if (first <= FIXES_PER_DEVICE) this.send(device, i % 2, first, FIXES_PER_DEVICE);
      });
      await this.wait(100, 10);
    }
  }

  #check(holds: boolean, sentence: string): void {
    if (!holds) this.store.violations.push(sentence);
  }
}

async function play(world: World, next: Step): Promise<void> {
  if (next.kind === 'wait') return world.wait(next.byMs, next.turns);
  if (next.kind === 'fault') world.store.faults.push(next.fault);
  else if (next.kind === 'away') world.store.away = next.away;
  else if (next.kind === 'crash') world.crash(next.node);
  else {
    const device = DEVICES[next.device];
    if (!device) return;
    if (next.kind === 'hello') world.hello(device, next.node);
    else world.send(device, next.node, next.first, Math.min(FIXES_PER_DEVICE, next.first + next.length - 1));
  }
}

test('whatever is sent again, reordered, raced, wiped or crashed: each acknowledged fix is stored exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const next of steps) await play(world, next);
      await world.settle();

      const { store } = world;
      expect(store.violations).toEqual([]);
      const expected = Array.from({ length: FIXES_PER_DEVICE }, (_, i) => i + 1);
      for (const device of DEVICES) {
        const stored = store.rows.filter(({ key }) => key === keyOf(device)).map(({ seq }) => seq);
        expect(stored).toEqual(expected.filter((seq) => !isBad(seq)));
      }
      const refused = [...store.refused.values()].reduce((sum, fixes) => sum + fixes, 0);
      expect(refused).toBe(DEVICES.length * expected.filter(isBad).length);
    }),
    { numRuns: 300 },
  );
});
