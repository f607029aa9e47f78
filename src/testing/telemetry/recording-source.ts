import type { Ack, PositionsFrame, TelemetrySource } from '../../telemetry/lanes/types.ts';

/** One socket that remembers what it was answered. */
export class RecordingSource implements TelemetrySource {
  readonly acks: Ack[] = [];
  readonly nacks: { epoch: string; expectedSeq: number }[] = [];
  readonly holds: number[] = [];

  answer(frame: Parameters<TelemetrySource['answer']>[0]): void {
    if (frame[0] === 'ack') this.acks.push(frame[1]);
    else if (frame[0] === 'nack') this.nacks.push(frame[1]);
    else this.holds.push(frame[1].retryAfterMs);
  }

  /** The highest number acknowledged for an epoch. */
  ackedSeq(epoch: string): number {
    return Math.max(0, ...this.acks.filter((ack) => ack.epoch === epoch).map((ack) => ack.seq));
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
export function frameOf(epoch: string, first: number, last: number, startMs: number): PositionsFrame {
  const fixes = Array.from({ length: last - first + 1 }, (_, i) => rowOf(first + i, startMs));
  return { epoch, seq: first, sentAtMs: startMs + last * 1_000, fixes };
}
