import type { Metrics } from '../../lib/metric.ts';
import type { Plan } from './plan.ts';
import type { Ack, Entry, LaneName, TelemetrySource } from './types.ts';

/** The answers of one lane. */
export class Answers {
  readonly #lane: LaneName;
  readonly #metrics: Metrics;

  constructor(lane: LaneName, metrics: Metrics) {
    this.#lane = lane;
    this.#metrics = metrics;
  }

  ack(source: TelemetrySource, epoch: string, seq: number): void {
    this.#say(source, ['ack', { epoch, lane: this.#lane, seq }]);
  }

  nack(source: TelemetrySource, epoch: string, expectedSeq: number): void {
    this.#say(source, ['nack', { epoch, lane: this.#lane, expectedSeq }]);
  }

  hold(source: TelemetrySource, retryAfterMs: number): void {
    this.#say(source, ['hold', { lane: this.#lane, retryAfterMs: Math.round(retryAfterMs) }]);
  }

  /** Tells every sender of a committed batch how far it is stored: one `ack` per socket and epoch, or a `nack`. */
  stored<Value>(entries: readonly Entry<Value>[], plan: Plan<Value>): void {
    const acks = new Map<TelemetrySource, Map<string, Ack>>();
    for (const entry of entries) {
      const seq = plan.storedSeq.get(entry.key) ?? 0;
      const { epoch } = entry.device;
      if (plan.beyondHole.has(entry)) {
        this.nack(entry.source, epoch, seq + 1);
        continue;
      }
      const ofSource = acks.get(entry.source) ?? new Map<string, Ack>();
      acks.set(entry.source, ofSource);
      const ack = ofSource.get(entry.key) ?? { epoch, lane: this.#lane, seq };
      ofSource.set(entry.key, ack);
      const refused = refusedOf(entry);
      if (refused.length > 0) ack.refused = [...(ack.refused ?? []), ...refused];
    }
    for (const [source, ofSource] of acks) {
      for (const ack of ofSource.values()) this.#say(source, ['ack', ack]);
    }
  }

  /** What is committed is committed: one receiver that can not be told is no reason to store a batch again. */
  #say(source: TelemetrySource, frame: Parameters<TelemetrySource['answer']>[0]): void {
    try {
      source.answer(frame);
    } catch {
      this.#metrics.count('telemetry_answers_failed_total', { lane: this.#lane });
    }
  }
}

function refusedOf(entry: Entry<unknown>): [number, string][] {
  return entry.rows.flatMap((judged) => ('refused' in judged ? [[judged.seq, judged.refused]] : []));
}
