import type { SampleFrame } from '../../telemetry/lanes/ingest.ts';
import type { Ack, LaneName, RatedLane, TelemetrySource } from '../../telemetry/lanes/types.ts';

/** One socket that remembers what it was answered. */
export class RecordingSource implements TelemetrySource {
  readonly acks: Ack[] = [];
  readonly nacks: { epoch: string; lane: LaneName; expectedSeq: number }[] = [];
  readonly holds: number[] = [];
  readonly rates: { lane: RatedLane; intervalMs: number }[] = [];

  answer(frame: Parameters<TelemetrySource['answer']>[0]): void {
    if (frame[0] === 'ack') this.acks.push(frame[1]);
    else if (frame[0] === 'nack') this.nacks.push(frame[1]);
    else if (frame[0] === 'hold') this.holds.push(frame[1].retryAfterMs);
    else this.rates.push(frame[1]);
  }

  /** The highest number acknowledged for an epoch. */
  ackedSeq(epoch: string, lane: LaneName = 'telemetry'): number {
    const acks = this.acks.filter((ack) => ack.epoch === epoch && ack.lane === lane);
    return Math.max(0, ...acks.map((ack) => ack.seq));
  }
}

export const uuidOf = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** The row of fix `seq`: one every second, ten metres further north each. */
export const rowOf = (seq: number, startMs: number): unknown[] => [
  startMs + seq * 1_000,
  10 + seq * 1e-4,
  80,
  5,
];

/** A frame with the fixes `first` to `last`, sent when the last was taken. */
export function frameOf(epoch: string, first: number, last: number, startMs: number) {
  const fixes = Array.from({ length: last - first + 1 }, (_, i) => rowOf(first + i, startMs));
  return ['pos', { epoch, seq: first, sentAtMs: startMs + last * 1_000, fixes }] satisfies SampleFrame;
}

/** The row of sample `seq`: one every second. */
export const sampleOf = (seq: number, startMs: number): unknown[] => [
  startMs + seq * 1_000,
  { heartRateBpm: 60 + (seq % 40), spo2Pct: 97 },
];

/** A frame with the samples `first` to `last`, sent when the last was taken. */
export function samplesFrameOf(epoch: string, first: number, last: number, startMs: number) {
  const samples = Array.from({ length: last - first + 1 }, (_, i) => sampleOf(first + i, startMs));
  return ['vit', { epoch, seq: first, sentAtMs: startMs + last * 1_000, samples }] satisfies SampleFrame;
}
