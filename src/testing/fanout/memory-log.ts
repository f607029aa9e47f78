import type { EventSource, LogEvent, Snapshots, Viewer } from '../../fanout/types.ts';

/** An event log in memory, for tests: what is appended counts as committed. */
export class MemoryLog implements EventSource, Snapshots {
  readonly #streams = new Map<string, LogEvent[]>();
  readonly #low = new Map<string, number>();
  /** Lets a test decide when each answer arrives. */
  arrive: <T>(answer: T) => Promise<T> = (answer) => Promise.resolve(answer);
  reads = 0;

  append(stream: string, data: unknown = {}): LogEvent {
    const events = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, events);
    const event = { stream, seq: events.length + 1, atMs: 0, actorId: null, type: 'sos.started', data };
    events.push(event);
    return event;
  }

  /** Retention: everything up to a number is gone. */
  forgetUpTo(stream: string, seq: number): void {
    this.#low.set(stream, Math.max(this.lowOf(stream), seq + 1));
  }

  lowOf(stream: string): number {
    return this.#low.get(stream) ?? 1;
  }

  headOf(stream: string): number {
    return this.#streams.get(stream)?.length ?? 0;
  }

  readAfter(stream: string, afterSeq: number, limit: number): Promise<readonly LogEvent[]> {
    this.reads += 1;
    const kept = (this.#streams.get(stream) ?? []).filter((e) => e.seq >= this.lowOf(stream));
    return this.arrive(kept.filter((e) => e.seq > afterSeq).slice(0, limit));
  }

  bounds(stream: string): Promise<{ low: number; head: number }> {
    return this.arrive({ low: this.lowOf(stream), head: this.headOf(stream) });
  }

  snapshotOf(_viewer: Viewer, stream: string): Promise<{ seq: number; view: unknown } | null> {
    if (!this.#streams.has(stream)) return this.arrive(null);
    return this.arrive({ seq: this.headOf(stream), view: { messages: [], reads: [] } });
  }
}
