import type { DownBody } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';
import type { Encoding } from '../protocol/version.ts';
import { type Fix, type FixRow, fixToRow } from './fix.ts';
import { Hints } from './hints.ts';
import { alarmsPerFrame, fixesPerFrame, type KnownLimits, samplesPerFrame } from './limits.ts';
import {
  type Alarm,
  type AlarmRow,
  alarmToRow,
  type SampleRow,
  sampleToRow,
  type VitalsSample,
} from './samples.ts';
import { type LaneDeps, TelemetryLane } from './telemetry-lane.ts';
import type { DeviceOptions, Welcome } from './types.ts';

const DEFAULT_MAX_FIXES = 100_000;
const DEFAULT_MAX_SAMPLES = 100_000;
const MAX_ALARMS = 10_000;

export interface TelemetryDeps extends Omit<LaneDeps, 'deviceNowMs'> {
  readonly device: DeviceOptions;
  readonly encoding: Encoding;
}

/** The lanes of a device, the most important first: what was sent of one is never waited for by another. */
export class Telemetry {
  readonly alarms: TelemetryLane<AlarmRow>;
  readonly vitals: TelemetryLane<SampleRow>;
  readonly positions: TelemetryLane<FixRow>;
  /** The clock that every row is stamped by, in whole milliseconds. */
  readonly deviceNowMs: () => number;
  readonly #deviceId: string;
  readonly #hints: Hints;

  constructor(deps: TelemetryDeps) {
    const { device, encoding, clock } = deps;
    const ownNowMs = device.deviceNowMs ?? (() => clock.nowMs());
    this.deviceNowMs = () => Math.max(0, Math.floor(ownNowMs()));
    const shared = { ...deps, deviceNowMs: this.deviceNowMs };
    this.#deviceId = device.id;
    this.alarms = new TelemetryLane<AlarmRow>(
      {
        lane: 'alarm',
        store: device.alarmStore,
        maxRows: MAX_ALARMS,
        rowsPerFrame: alarmsPerFrame,
        frame: (numbers, rows) => ['alarm', { ...numbers, alarms: rows.map((row) => [...row]) }],
      },
      shared,
    );
    this.vitals = new TelemetryLane<SampleRow>(
      {
        lane: 'vitals',
        store: device.vitalsStore,
        maxRows: device.maxSamples ?? DEFAULT_MAX_SAMPLES,
        rowsPerFrame: (limits) => samplesPerFrame(limits, encoding),
        frame: (numbers, rows) => ['vit', { ...numbers, samples: rows.map((row) => [...row]) }],
      },
      shared,
    );
    this.positions = new TelemetryLane<FixRow>(
      {
        lane: 'telemetry',
        store: device.store,
        maxRows: device.maxFixes ?? DEFAULT_MAX_FIXES,
        rowsPerFrame: (limits) => fixesPerFrame(limits, encoding),
        frame: (numbers, rows) => ['pos', { ...numbers, fixes: rows.map((row) => [...row]) }],
      },
      shared,
    );
    this.#hints = new Hints({
      clock,
      newest: () => ({ fix: this.positions.newestWaiting, vitals: this.vitals.newestWaiting }),
      send: (newest) => deps.send(['now', { ...newest, sentAtMs: shared.deviceNowMs() }]),
    });
  }

  get #lanes(): readonly Pick<TelemetryLane<unknown>, LaneCalls>[] {
    return [this.alarms, this.vitals, this.positions];
  }

  /** What `hello` says of this device. Only after `load`. */
  get identity(): NonNullable<UpBody<'hello'>['device']> {
    return {
      id: this.#deviceId,
      epoch: this.positions.epoch,
      epochs: { vitals: this.vitals.epoch, alarm: this.alarms.epoch },
    };
  }

  /** An alarm is waiting: the connection has to be there soon. */
  get isUrgent(): boolean {
    return this.alarms.unacknowledged > 0;
  }

  /** Takes up what an earlier run kept. Once, before the first connection. */
  async load(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.load()));
  }

  sendFix(fix: Fix): void {
    this.positions.append(fixToRow(fix));
    this.#hints.changed();
  }

  sendVitals(sample: VitalsSample): void {
    this.vitals.append(sampleToRow(sample));
    this.#hints.changed();
  }

  sendAlarm(alarm: Alarm): void {
    this.alarms.append(alarmToRow(alarm));
  }

  opened({ telemetryAckedSeq, ackedSeqs }: Welcome, limits: KnownLimits): void {
    // Before the backlog, or it would stand behind it in the socket.
    this.#hints.opened();
    this.alarms.opened(ackedSeqs?.alarm ?? null, limits);
    this.vitals.opened(ackedSeqs?.vitals ?? null, limits);
    this.positions.opened(telemetryAckedSeq, limits);
  }

  closed(): void {
    this.#hints.closed();
    for (const lane of this.#lanes) lane.closed();
  }

  acked(body: DownBody<'ack'>): void {
    for (const lane of this.#lanes) lane.acked(body);
  }

  nacked(body: DownBody<'nack'>): void {
    for (const lane of this.#lanes) lane.nacked(body);
  }

  held(body: DownBody<'hold'>): void {
    for (const lane of this.#lanes) lane.held(body);
  }

  /** Resolves when everything given so far is acknowledged, refused or dropped. */
  async flushed(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.flushed()));
  }

  /** Nothing more will be sent: ends the waits, and resolves when the stores have everything. */
  async stopped(): Promise<void> {
    this.#hints.closed();
    await Promise.all(this.#lanes.map((lane) => lane.stopped()));
  }
}

type LaneCalls = 'load' | 'closed' | 'acked' | 'nacked' | 'held' | 'flushed' | 'stopped';
