import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { EventSource, LogEvent } from './types.ts';

interface Progress {
  lastSeq: number;
  /** The highest number heard of. Above `lastSeq` while the log is being read. */
  wantedSeq: number;
  reading: boolean;
}

export interface SequencerParts {
  readonly events: EventSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onEvent: (event: LogEvent) => void;
  /** Numbers of a stream are gone from the log: only state can stand in for them. */
  readonly onLost: (stream: string) => void;
  /** Streams remembered. The one longest silent is forgotten first, and read from the log if it speaks again. */
  readonly maxStreams: number;
}

const PAGE_EVENTS = 100;
const RETRY_MS = 1_000;

/**
 * Puts the events of many streams in order: what comes twice goes on once, what comes too early waits until the log
 * has given what is missing. Nothing is held in memory meanwhile; the log holds it.
 */
export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #streams = new Map<string, Progress>();
  #closed = false;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
  }

  /** Takes it that everything of a stream up to a number is known to all, unless more is known already. */
  seed(stream: string, seq: number): void {
    if (!this.#streams.has(stream)) this.#progressOf(stream, seq);
  }

  take(event: LogEvent): void {
    const progress = this.#progressOf(event.stream, 0);
    if (event.seq <= progress.lastSeq) return;
    if (event.seq === progress.lastSeq + 1 && !progress.reading) {
      progress.lastSeq = event.seq;
      this.#parts.onEvent(event);
      return;
    }
    progress.wantedSeq = Math.max(progress.wantedSeq, event.seq);
    this.#read(event.stream, progress);
  }

  /** For an event that nobody is waiting for: only its number is remembered. */
  pass(event: LogEvent): void {
    const progress = this.#progressOf(event.stream, event.seq);
    progress.lastSeq = Math.max(progress.lastSeq, event.seq);
  }

  close(): void {
    this.#closed = true;
    this.#streams.clear();
  }

  #progressOf(stream: string, seq: number): Progress {
    const known = this.#streams.get(stream);
    const progress = known ?? { lastSeq: seq, wantedSeq: seq, reading: false };
    if (known) this.#streams.delete(stream);
    else if (this.#streams.size >= this.#parts.maxStreams) this.#forgetOne();
    this.#streams.set(stream, progress);
    return progress;
  }

  #forgetOne(): void {
    for (const [stream] of this.#streams) {
      this.#streams.delete(stream);
      return;
    }
  }

  #read(stream: string, progress: Progress): void {
    if (progress.reading || this.#closed) return;
    progress.reading = true;
    this.#fill(stream, progress).then(
      () => {
        progress.reading = false;
      },
      (error: unknown) => {
        this.#parts.log.warn(errorFields(error), 'the log could not be read for the feed');
        this.#parts.clock.after(RETRY_MS, () => {
          progress.reading = false;
          if (progress.wantedSeq > progress.lastSeq) this.#read(stream, progress);
        });
      },
    );
  }

  async #fill(stream: string, progress: Progress): Promise<void> {
    while (progress.wantedSeq > progress.lastSeq && !this.#closed) {
      const page = await this.#parts.events.readAfter(stream, progress.lastSeq, PAGE_EVENTS);
      const first = page[0];
      if (!first || first.seq > progress.lastSeq + 1) {
        progress.lastSeq = progress.wantedSeq;
        this.#parts.onLost(stream);
        continue;
      }
      for (const event of page) {
        progress.lastSeq = event.seq;
        this.#parts.onEvent(event);
      }
    }
  }
}
