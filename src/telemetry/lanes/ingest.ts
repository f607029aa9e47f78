import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import type { KeptFix } from '../positions/fix.ts';
import { DEFAULT_RULES, type Rules, type Track } from '../positions/pipeline.ts';
import { type LivePositions, positionSteps } from '../positions/steps.ts';
import type { VitalsWatch } from '../vitals/sample.ts';
import {
  DEFAULT_VITALS_RULES,
  type KeptVitals,
  type Told,
  type VitalsRules,
  vitalsSteps,
} from '../vitals/steps.ts';
import { Lane, type LaneParts } from './lane.ts';
import type { LaneStore } from './lane-store.ts';
import { MemoryBudget } from './memory-budget.ts';
import { type LaneSettings, QUEUE_BYTES_MAX } from './settings.ts';
import type { LaneSteps } from './steps.ts';
import type { DeviceEpoch, LaneName, TelemetrySource } from './types.ts';

export interface IngestParts {
  readonly stores: { readonly positions: LaneStore<KeptFix>; readonly vitals: LaneStore<KeptVitals> };
  readonly live: LivePositions;
  readonly watch: VitalsWatch;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rules?: Partial<Rules & VitalsRules>;
  readonly settings?: Partial<LaneSettings>;
  /** What waits for the store, of all lanes together. */
  readonly queueBytesMax?: number;
}

interface Numbers {
  readonly epoch: string;
  readonly seq: number;
  readonly sentAtMs: number;
}

/** Samples as they come in, by the kind of their frame. */
export type SampleFrame =
  | readonly ['pos', Numbers & { readonly fixes: readonly unknown[] }]
  | readonly ['vit', Numbers & { readonly samples: readonly unknown[] }];

/** A device and the epochs of its lanes. */
export interface DeviceLanes {
  readonly id: string;
  /** Of the positions, and of every lane that has none of its own. */
  readonly epoch: string;
  readonly epochs?: { readonly [L in LaneName]?: string | undefined } | undefined;
}

export type AckedSeqs = Readonly<Record<'telemetry' | 'vitals', number | null>>;

/** What devices measure, lane by lane. */
export class TelemetryIngest {
  readonly #positions: Lane<KeptFix, Track, Track>;
  readonly #vitals: Lane<KeptVitals, null, Told>;

  constructor(parts: IngestParts) {
    const { stores, live, watch, rules, queueBytesMax = QUEUE_BYTES_MAX } = parts;
    const budget = new MemoryBudget(queueBytesMax, parts.metrics);
    const laneOf = <Value, Memory, Now>(
      steps: LaneSteps<Value, Memory, Now>,
      store: LaneStore<Value>,
    ): Lane<Value, Memory, Now> => new Lane({ ...sharedOf(parts), steps, store, budget });
    this.#positions = laneOf(positionSteps({ ...DEFAULT_RULES, ...rules }, live), stores.positions);
    this.#vitals = laneOf(vitalsSteps({ ...DEFAULT_VITALS_RULES, ...rules }, watch), stores.vitals);
  }

  /** What is committed of each lane of this device; null: the store can't tell now. */
  async ackedSeqs(userId: string, device: DeviceLanes): Promise<AckedSeqs> {
    const of = (lane: LaneName): DeviceEpoch => ({
      userId,
      deviceId: device.id,
      epoch: device.epochs?.[lane] ?? device.epoch,
    });
    const [telemetry, vitals] = await Promise.all([
      this.#positions.ackedSeq(of('telemetry')),
      this.#vitals.ackedSeq(of('vitals')),
    ]);
    return { telemetry, vitals };
  }

  /** Takes a frame in, never waiting and never throwing; answered through `source`. */
  take(
    from: { userId: string; deviceId: string },
    frame: SampleFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void {
    if (frame[0] === 'pos') {
      const { fixes: rows, ...numbers } = frame[1];
      this.#positions.take(from, { ...numbers, rows }, receivedAtMs, source);
    } else {
      const { samples: rows, ...numbers } = frame[1];
      this.#vitals.take(from, { ...numbers, rows }, receivedAtMs, source);
    }
  }

  /** Takes no more, stores what it can. What is not acknowledged then, devices send again. */
  async stop(): Promise<void> {
    await Promise.all([this.#vitals.stop(), this.#positions.stop()]);
  }
}

type Shared = Omit<LaneParts<never, never, never>, 'steps' | 'store' | 'budget'>;

const sharedOf = ({ clock, random, log, metrics, settings }: IngestParts): Shared => ({
  clock,
  random,
  log,
  metrics,
  ...(settings ? { settings } : {}),
});
