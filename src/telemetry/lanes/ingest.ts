import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { CALM, type Overload, type OverloadLevel } from '../../lib/overload.ts';
import type { Random } from '../../lib/random.ts';
import { type AlarmRules, alarmSteps, DEFAULT_ALARM_RULES, type KeptAlarm } from '../alarms/steps.ts';
import type { KeptFix } from '../positions/fix.ts';
import { DEFAULT_RULES, type Rules, type Track } from '../positions/pipeline.ts';
import { type LivePositions, positionSteps } from '../positions/steps.ts';
import type { AlarmWatch, VitalsWatch } from '../vitals/sample.ts';
import {
  DEFAULT_VITALS_RULES,
  type KeptVitals,
  type Told,
  type VitalsRules,
  vitalsSteps,
} from '../vitals/steps.ts';
import { Lane } from './lane.ts';
import type { LaneStore } from './lane-store.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { Stored } from './plan.ts';
import { Rates } from './rates.ts';
import { DEFAULT_SETTINGS, type LaneSettings, QUEUE_BYTES_MAX } from './settings.ts';
import type { LaneSteps } from './steps.ts';
import type { DeviceEpoch, LaneName, TelemetrySource } from './types.ts';

export interface IngestParts {
  readonly stores: {
    readonly positions: LaneStore<KeptFix>;
    readonly vitals: LaneStore<KeptVitals>;
    readonly alarms: LaneStore<KeptAlarm>;
  };
  readonly live: LivePositions;
  readonly vitals: VitalsWatch;
  readonly alarms: AlarmWatch;
  /** Whether somebody is in an open SOS: they asked for it, go there, or are being asked to. */
  readonly isInvolved: (userId: string) => boolean;
  /** How much of what can wait the node gives up; absent: nothing. */
  readonly overload?: () => Overload;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rules?: Partial<Rules & VitalsRules & AlarmRules>;
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
  | readonly ['vit', Numbers & { readonly samples: readonly unknown[] }]
  | readonly ['alarm', Numbers & { readonly alarms: readonly unknown[] }];

/** The newest of what a device has, while older samples are still on their way. */
export interface Hints {
  readonly sentAtMs: number;
  readonly fix?: unknown;
  readonly vitals?: unknown;
}

/** A device and the epochs of its lanes. */
export interface DeviceLanes {
  readonly id: string;
  /** Of the positions, and of every lane that has none of its own. */
  readonly epoch: string;
  readonly epochs?: { readonly [L in LaneName]?: string | undefined } | undefined;
}

export type AckedSeqs = Readonly<Record<LaneName, number | null>>;

/**
 * The level of overload from which samples are put off. What they say of now still counts, so that whoever is near can be
 * found; of those in an open SOS they are taken as always, and alarms of everybody.
 */
const PUT_OFF_FROM: OverloadLevel = 3;

/** What devices measure, lane by lane. */
export class TelemetryIngest {
  readonly #positions: Lane<KeptFix, Track, Track>;
  readonly #vitals: Lane<KeptVitals, null, Told>;
  readonly #alarms: Lane<KeptAlarm, null, null>;
  readonly #rates: Rates;
  readonly #isPutOff: (userId: string) => boolean;

  constructor(parts: IngestParts) {
    const { stores, live, rules, queueBytesMax = QUEUE_BYTES_MAX, overload = () => CALM, isInvolved } = parts;
    this.#isPutOff = (userId) => overload().level >= PUT_OFF_FROM && !isInvolved(userId);
    const budget = new MemoryBudget(queueBytesMax, parts.metrics);
    const laneOf = <Value, Memory, Now>(
      steps: LaneSteps<Value, Memory, Now>,
      store: LaneStore<Value>,
      settings?: Partial<LaneSettings>,
    ) => new Lane({ ...parts, settings: { ...parts.settings, ...settings }, steps, store, budget });
    this.#rates = new Rates({
      devicesMax: parts.settings?.devicesMax ?? DEFAULT_SETTINGS.devicesMax,
      fill: (lane) => budget.fill(lane),
      isInvolved,
      overload,
    });
    const positions = positionSteps({ ...DEFAULT_RULES, ...rules }, live);
    this.#positions = laneOf(
      { ...positions, tell: (row) => this.#moved(row, positions.tell) },
      stores.positions,
    );
    this.#vitals = laneOf(vitalsSteps({ ...DEFAULT_VITALS_RULES, ...rules }, parts.vitals), stores.vitals);
    const alarms = { ...parts, watch: parts.alarms, rules: { ...DEFAULT_ALARM_RULES, ...rules } };
    // Alarms are few, and wait for no others.
    this.#alarms = laneOf(alarmSteps(alarms), stores.alarms, { flushMs: 0 });
  }

  /** What is committed of each lane of this device; null: the store can't tell now. */
  async ackedSeqs(userId: string, device: DeviceLanes): Promise<AckedSeqs> {
    const [alarm, vitals, telemetry] = await Promise.all([
      this.#alarms.ackedSeq(epochOf(userId, device, 'alarm')),
      this.#vitals.ackedSeq(epochOf(userId, device, 'vitals')),
      this.#positions.ackedSeq(epochOf(userId, device, 'telemetry')),
    ]);
    return { alarm, vitals, telemetry };
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
      const take = this.#isPutOff(from.userId) ? 'putOff' : 'take';
      this.#positions[take](from, { ...numbers, rows }, receivedAtMs, source);
      this.#rates.consider(from, 'telemetry', source);
    } else if (frame[0] === 'vit') {
      const { samples: rows, ...numbers } = frame[1];
      const take = this.#isPutOff(from.userId) ? 'putOff' : 'take';
      this.#vitals[take](from, { ...numbers, rows }, receivedAtMs, source);
      this.#rates.consider(from, 'vitals', source);
    } else {
      const { alarms: rows, ...numbers } = frame[1];
      this.#alarms.take(from, { ...numbers, rows }, receivedAtMs, source);
    }
  }

  /** Takes what says how things are now, ahead of what is still to come: neither stored nor answered. */
  hint(
    userId: string,
    device: DeviceLanes,
    { sentAtMs, fix, vitals }: Hints,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void {
    if (fix !== undefined)
      this.#positions.hint(epochOf(userId, device, 'telemetry'), { row: fix, sentAtMs }, receivedAtMs);
    if (vitals !== undefined)
      this.#vitals.hint(epochOf(userId, device, 'vitals'), { row: vitals, sentAtMs }, receivedAtMs);
    this.alive({ userId, deviceId: device.id }, source);
  }

  /** A sign of life of a device: it may have to be asked for more, or less. */
  alive(from: { userId: string; deviceId: string }, source: TelemetrySource): void {
    this.#rates.considerAgain(from, source);
  }

  /** Takes no more, stores what it can. What is not acknowledged then, devices send again. */
  async stop(): Promise<void> {
    await Promise.all([this.#alarms.stop(), this.#vitals.stop(), this.#positions.stop()]);
  }

  #moved(row: Stored<KeptFix>, tell: LaneSteps<KeptFix, Track, Track>['tell']): Promise<void> | void {
    this.#rates.saw(row.device, row.value.fix, row.receivedAtMs);
    return tell(row);
  }
}

const epochOf = (userId: string, device: DeviceLanes, lane: LaneName): DeviceEpoch => ({
  userId,
  deviceId: device.id,
  epoch: device.epochs?.[lane] ?? device.epoch,
});
