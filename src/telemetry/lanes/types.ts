/** Lanes for samples, the most important first. Each is numbered, stored and held by itself. */
export const LANES = ['alarm', 'vitals', 'telemetry'] as const;
export type LaneName = (typeof LANES)[number];

/** The lanes whose sampling rate the server sets. */
export type RatedLane = Extract<LaneName, 'telemetry' | 'vitals'>;

/** Whose numbers these are: an epoch is made anew when a device's store is wiped. */
export interface DeviceEpoch {
  readonly userId: string;
  readonly deviceId: string;
  readonly epoch: string;
}

/** One map key for a {@link DeviceEpoch}. */
export const keyOf = ({ userId, deviceId, epoch }: DeviceEpoch): string => `${userId}/${deviceId}/${epoch}`;

/** Rows of one lane as they come in: numbered `seq`, `seq + 1`, … in the order in which they were taken. */
export interface LaneFrame {
  readonly epoch: string;
  readonly seq: number;
  /** By the clock that also stamped the rows. */
  readonly sentAtMs: number;
  readonly rows: readonly unknown[];
}

/** When a frame was sent (device clock) and received (server clock). */
export interface FrameTimes {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** Why a row was counted but not kept. */
export type RefusedReason = 'invalid' | 'duplicate' | 'future' | 'impossible';

export interface Ack {
  epoch: string;
  lane: LaneName;
  seq: number;
  refused?: [number, string][];
}

/** Where answers go: one socket. */
export interface TelemetrySource {
  answer(
    frame:
      | readonly ['ack', Ack]
      | readonly ['nack', { epoch: string; lane: LaneName; expectedSeq: number }]
      | readonly ['hold', { lane: LaneName; retryAfterMs: number }]
      | readonly ['rate', { lane: RatedLane; intervalMs: number }],
  ): void;
}

/** One numbered row after judgement: kept, or counted with its reason. */
export type Judged<Value> =
  | { readonly seq: number; readonly value: Value }
  | { readonly seq: number; readonly refused: RefusedReason };

/** One frame on its way to the store. Numbers of `rows` rise by one; empty when the frame held nothing new. */
export interface Entry<Value> {
  readonly device: DeviceEpoch;
  readonly key: string;
  readonly rows: readonly Judged<Value>[];
  /** The last number of the frame. */
  readonly lastSeq: number;
  readonly receivedAtMs: number;
  readonly source: TelemetrySource;
  /** What it takes up of the memory budget until it is answered. */
  readonly bytes: number;
  /** Whether those who have to know first know it now: false, it must be sent again. Absent: nobody is waited for. */
  readonly heeded?: Promise<boolean>;
}
