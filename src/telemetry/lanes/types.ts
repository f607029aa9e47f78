import type { TimedFix } from '../positions/fix.ts';
import type { RefusedReason } from '../positions/pipeline.ts';

/** Whose numbers these are: an epoch is made anew when a device's store is wiped. */
export interface DeviceEpoch {
  readonly userId: string;
  readonly deviceId: string;
  readonly epoch: string;
}

/** One map key for a {@link DeviceEpoch}. */
export const keyOf = ({ userId, deviceId, epoch }: DeviceEpoch): string => `${userId}/${deviceId}/${epoch}`;

/** Positions as they come in: numbered `seq`, `seq + 1`, … in the order of `fixes`. */
export interface PositionsFrame {
  readonly epoch: string;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly fixes: readonly (readonly unknown[])[];
}

export interface Ack {
  epoch: string;
  lane: 'telemetry';
  seq: number;
  refused?: [number, string][];
}

/** Where answers go: one socket. */
export interface TelemetrySource {
  answer(
    frame:
      | readonly ['ack', Ack]
      | readonly ['nack', { epoch: string; lane: 'telemetry'; expectedSeq: number }]
      | readonly ['hold', { lane: 'telemetry'; retryAfterMs: number }],
  ): void;
}

/** What is told of every fix that may count as "where this person is now". */
export interface LivePositions {
  /** Called in the order in which a device's fixes were judged, before they are stored. */
  moved(userId: string, lat: number, lng: number, receivedAtMs: number): void;
}

/** One numbered fix after judgement: kept for history, or counted with its reason. */
export type JudgedFix =
  | { readonly seq: number; readonly fix: TimedFix; readonly late: boolean }
  | { readonly seq: number; readonly refused: RefusedReason };

/** One frame on its way to the store. `fixes` rise by one; empty when the frame held nothing new. */
export interface Entry {
  readonly device: DeviceEpoch;
  readonly key: string;
  readonly fixes: readonly JudgedFix[];
  /** The last number of the frame. */
  readonly lastSeq: number;
  readonly receivedAtMs: number;
  readonly source: TelemetrySource;
  /** What it takes up of the memory budget until it is answered. */
  readonly bytes: number;
}
