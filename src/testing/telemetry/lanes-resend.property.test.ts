import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import type { KeptAlarm } from '../../telemetry/alarms/steps.ts';
import { type SampleFrame, TelemetryIngest } from '../../telemetry/lanes/ingest.ts';
import { keyOf, LANES, type LaneName } from '../../telemetry/lanes/types.ts';
import type { KeptFix } from '../../telemetry/positions/fix.ts';
import type { KeptVitals } from '../../telemetry/vitals/steps.ts';
import { MemoryLaneStore } from './memory-lane-store.ts';
import { RecordingSource, rowOf, sampleOf, uuidOf } from './recording-source.ts';

const ROWS = 24;
const COPIES = 3;
const WEEK_MS = 7 * 86_400_000;
const FROM = { userId: uuidOf(1), deviceId: uuidOf(2) };
/** A wiped device begins at 1 in a new epoch; the old one may still be on its way from another socket. */
const EPOCHS = [uuidOf(10), uuidOf(11)];

/** Everything of a lane and epoch, cut into frames in `COPIES` ways, and all of them shuffled. */
interface Piece {
  readonly lane: LaneName;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  /** By which socket, and at which node that is. */
  readonly socket: number;
  readonly waitMs: number;
}

const anyCuts = fc.array(fc.integer({ min: 1, max: ROWS - 1 }), { maxLength: 8 });
const anyPieces = fc
  .tuple(...LANES.flatMap(() => EPOCHS.flatMap(() => Array.from({ length: COPIES }, () => anyCuts))))
  .chain((cuts) => {
    const pieces = cuts.flatMap((cut, i) => {
      const lane = LANES[Math.floor(i / (COPIES * EPOCHS.length))] ?? 'telemetry';
      const epoch = EPOCHS[Math.floor(i / COPIES) % EPOCHS.length] ?? '';
      const ends = [...new Set([...cut, ROWS])].sort((a, b) => a - b);
      return ends.map((last, n) => ({ lane, epoch, first: (ends[n - 1] ?? 0) + 1, last }));
    });
    const anyMeta = fc.record({
      socket: fc.integer({ min: 0, max: 1 }),
      // Mostly at once, sometimes after weeks in a drawer.
      waitMs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.constantFrom(30, 3 * WEEK_MS)),
    });
    const anyOrder = fc.shuffledSubarray(
      pieces.map((_, i) => i),
      { minLength: pieces.length },
    );
    return fc
      .tuple(anyOrder, fc.array(anyMeta, { minLength: pieces.length, maxLength: pieces.length }))
      .map(([order, metas]) => order.map((at, i): Piece => ({ ...must(pieces[at]), ...must(metas[i]) })));
  });

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is none');
  return value;
};

class World {
  readonly clock = new ManualClock();
  readonly stores = {
    positions: new MemoryLaneStore<KeptFix>(),
    vitals: new MemoryLaneStore<KeptVitals>(),
    alarms: new MemoryLaneStore<KeptAlarm>(),
  };
  readonly alarmIds: string[] = [];
  readonly sources = [new RecordingSource(), new RecordingSource()];
  readonly #startMs = this.clock.nowMs();
  /** Two nodes, one socket at each. */
  readonly #nodes = [this.#node(), this.#node()];

  #node(): TelemetryIngest {
    return new TelemetryIngest({
      stores: this.stores,
      clock: this.clock,
      random: seededRandom(1),
      log: silentLogger,
      metrics: noMetrics,
      live: { moved: () => {} },
      vitals: { sampled: () => {} },
      alarms: {
        alarmed: async ({ id }) => {
          this.alarmIds.push(id);
        },
      },
      isInvolved: () => false,
      // So few that devices are forgotten and read again.
      settings: { devicesMax: 2 },
    });
  }

  send({ lane, epoch, first, last, socket }: Omit<Piece, 'waitMs'>): void {
    const rows = (row: (seq: number) => unknown[]) =>
      Array.from({ length: last - first + 1 }, (_, i) => row(first + i));
    const startMs = this.#startMs;
    const numbers = { epoch, seq: first, sentAtMs: Math.max(startMs + last * 1_000, this.clock.nowMs()) };
    const frames: Readonly<Record<LaneName, () => SampleFrame>> = {
      telemetry: () => ['pos', { ...numbers, fixes: rows((seq) => rowOf(seq, startMs)) }],
      vitals: () => ['vit', { ...numbers, samples: rows((seq) => sampleOf(seq, startMs)) }],
      alarm: () => ['alarm', { ...numbers, alarms: rows((seq) => [startMs + seq * 1_000, 'fall', 1, 2]) }],
    };
    this.#nodes[socket]?.take(FROM, frames[lane](), this.clock.nowMs(), must(this.sources[socket]));
  }

  acked(lane: LaneName, epoch: string): number {
    return Math.max(...this.sources.map((source) => source.ackedSeq(epoch, lane)));
  }

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('everything sent three times, cut anew each time, out of order, by two sockets, weeks apart: stored once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(anyPieces, async (pieces) => {
      const world = new World();
      for (const { waitMs, ...piece } of pieces) {
        world.send(piece);
        if (waitMs > 0) for (let i = 0; i < 3; i++) await world.wait(waitMs);
      }
      for (let i = 0; i < 20; i++) await world.wait(50);
      // What lay beyond a hole was not taken: the device does what a `nack` asks for.
      for (const lane of LANES) {
        for (const epoch of EPOCHS) {
          for (let round = 0; world.acked(lane, epoch) < ROWS; round++) {
            expect(round, `${lane} waits for ever`).toBeLessThan(50);
            world.send({ lane, epoch, first: world.acked(lane, epoch) + 1, last: ROWS, socket: round % 2 });
            for (let i = 0; i < 5; i++) await world.wait(50);
          }
        }
      }
      const { positions, vitals, alarms } = world.stores;
      const all = Array.from({ length: ROWS }, (_, i) => i + 1);
      for (const store of [positions, vitals, alarms]) {
        expect(store.violations).toEqual([]);
        for (const epoch of EPOCHS) {
          const stored = store.rows.filter(({ key }) => key === keyOf({ ...FROM, epoch }));
          expect(stored.map(({ seq }) => seq)).toEqual(all);
        }
      }
      // Told at least once each, and recognisable when more often.
      expect(new Set(world.alarmIds).size).toBe(ROWS * EPOCHS.length);
    }),
    { numRuns: 150 },
  );
});
