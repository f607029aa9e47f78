import type { FlushSettings } from './flusher.ts';

export interface LaneSettings extends FlushSettings {
  /** Devices of which is remembered what judging needs. A forgotten one is read from the store again. */
  readonly devicesMax: number;
  /** What `hold` says at least; at most twice as long, at random. */
  readonly holdMs: number;
}

export const DEFAULT_SETTINGS: LaneSettings = {
  flushMs: 20,
  batchRows: 500,
  devicesMax: 100_000,
  retryBaseMs: 200,
  retryCapMs: 5_000,
  holdMs: 2_000,
};

/** What waits for the store may take up this much; beyond it senders are told to hold. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
