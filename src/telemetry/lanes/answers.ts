import type { Plan } from './plan.ts';
import type { Ack, Entry, LaneName, TelemetrySource } from './types.ts';

/** The answers of one lane. */
export class Answers {
  readonly #lane: LaneName;

  constructor(lane: LaneName) {
    this.#lane = lane;
  }

  ack(source: TelemetrySource, epoch: string, seq: number): void {
    source.answer(['ack', { epoch, lane: this.#lane, seq }]);
  }

  nack(source: TelemetrySource, epoch: string, expectedSeq: number): void {
    source.answer(['nack', { epoch, lane: this.#lane, expectedSeq }]);
  }

  hold(source: TelemetrySource, retryAfterMs: number): void {
    source.answer(['hold', { lane: this.#lane, retryAfterMs: Math.round(retryAfterMs) }]);
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
      for (const ack of ofSource.values()) source.answer(['ack', ack]);
    }
  }
}

function refusedOf(entry: Entry<unknown>): [number, string][] {
  return entry.rows.flatMap((judged) => ('refused' in judged ? [[judged.seq, judged.refused]] : []));
}
