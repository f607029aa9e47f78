import { write, writeSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';

export interface LineWriterOptions {
  /** An open file, pipe or terminal. */
  readonly fd: number;
  /** What a reader that has stopped reading may cost in memory. Lines above it are dropped and counted. */
  readonly bufferedBytesMax: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const FULL_PIPE_RETRY_MS = 20;
/** A write that takes longer has a reader that is stuck: waiting for it at the end would hang the exit. */
const STUCK_AFTER_MS = 1_000;

/**
 * Writes lines to a descriptor without ever waiting for its reader: one write in flight, the rest gathered behind it.
 * Ours, because pino's own destination blocks when synchronous, and otherwise tries for ever at exit when the reader
 * is gone.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #inFlightSinceMs: number | null = null;
  /** What a full pipe did not take, until the next try. */
  #held: Buffer | null = null;
  #broken = false;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#broken || this.#waitingBytes + bytes > this.#options.bufferedBytesMax) {
      this.#options.metrics.count('log_lines_dropped');
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    if (this.#inFlightSinceMs === null) this.#send(this.#takeWaiting());
  }

  /** The last chance, synchronous: for the `exit` event of the process. Never throws, nor waits for a stuck reader. */
  finish(): void {
    const sinceMs = this.#inFlightSinceMs ?? Number.POSITIVE_INFINITY;
    if (this.#broken || this.#options.clock.monotonicMs() - sinceMs > STUCK_AFTER_MS) return;
    const rest = Buffer.concat([this.#held ?? Buffer.alloc(0), this.#takeWaiting()]);
    try {
      for (let at = 0; at < rest.length; ) at += writeSync(this.#options.fd, rest, at);
    } catch {
      this.#fail();
    }
  }

  #takeWaiting(): Buffer {
    const chunk = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingBytes = 0;
    return chunk;
  }

  #send(chunk: Buffer): void {
    this.#held = null;
    this.#inFlightSinceMs = this.#options.clock.monotonicMs();
    write(this.#options.fd, chunk, (error, written) => this.#sent(chunk, error, written));
  }

  #sent(chunk: Buffer, error: NodeJS.ErrnoException | null, written: number): void {
    if (error?.code === 'EAGAIN') {
      this.#held = chunk;
      this.#options.clock.after(FULL_PIPE_RETRY_MS, () => this.#send(chunk));
    } else if (error) {
      this.#fail();
    } else if (written < chunk.length) {
      this.#send(chunk.subarray(written));
    } else {
      this.#inFlightSinceMs = null;
      if (this.#waiting.length > 0) this.#send(this.#takeWaiting());
    }
  }

  /** Nobody reads any more: no reason to end, and nowhere to say it but in the metrics. */
  #fail(): void {
    this.#broken = true;
    this.#waiting = [];
    this.#held = null;
    this.#options.metrics.count('log_write_failed');
  }
}
