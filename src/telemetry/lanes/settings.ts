import { DEFAULT_RULES, type Rules } from '../positions/pipeline.ts';
import type { FlushSettings } from './flusher.ts';

export interface IngestSettings extends FlushSettings {
  readonly rules: Rules;
  /** What waits for the store may take up this much; beyond it senders are told to hold. */
  readonly queueBytesMax: number;
  /** Devices whose last fix is remembered. A forgotten one is read from the store again. */
  readonly tracksMax: number;
  /** What `hold` says at least; at most twice as long, at random. */
  readonly holdMs: number;
}

export const DEFAULT_SETTINGS: IngestSettings = {
  rules: DEFAULT_RULES,
  flushMs: 20,
  batchFixes: 500,
  queueBytesMax: 64 * 1024 * 1024,
  tracksMax: 100_000,
  retryBaseMs: 200,
  retryCapMs: 5_000,
  holdMs: 2_000,
};
