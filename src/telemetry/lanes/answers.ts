import type { Plan } from './plan.ts';
import type { Ack, Entry, TelemetrySource } from './types.ts';

const LANE = 'telemetry';

export function sendAck(source: TelemetrySource, epoch: string, seq: number): void {
  source.answer(['ack', { epoch, lane: LANE, seq }]);
}

export function sendNack(source: TelemetrySource, epoch: string, expectedSeq: number): void {
  source.answer(['nack', { epoch, lane: LANE, expectedSeq }]);
}

export function sendHold(source: TelemetrySource, retryAfterMs: number): void {
  source.answer(['hold', { lane: LANE, retryAfterMs: Math.round(retryAfterMs) }]);
}

/** Tells every sender of a committed batch how far it is stored: one `ack` per socket and epoch, or a `nack`. */
export function answerStored(entries: readonly Entry[], plan: Plan): void {
  const acks = new Map<TelemetrySource, Map<string, Ack>>();
  for (const entry of entries) {
    const seq = plan.storedSeq.get(entry.key) ?? 0;
    const { epoch } = entry.device;
    if (plan.beyondHole.has(entry)) {
      sendNack(entry.source, epoch, seq + 1);
      continue;
    }
    const ofSource = acks.get(entry.source) ?? new Map<string, Ack>();
    acks.set(entry.source, ofSource);
    const ack = ofSource.get(entry.key) ?? { epoch, lane: LANE, seq };
    ofSource.set(entry.key, ack);
    const refused = refusedOf(entry);
    if (refused.length > 0) ack.refused = [...(ack.refused ?? []), ...refused];
  }
  for (const [source, ofSource] of acks) {
    for (const ack of ofSource.values()) source.answer(['ack', ack]);
  }
}

function refusedOf(entry: Entry): [number, string][] {
  return entry.fixes.flatMap((judged) => ('refused' in judged ? [[judged.seq, judged.refused]] : []));
}
