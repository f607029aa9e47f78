import type { Clock } from '../lib/clock.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import type { AuditEntry } from './audit-entry.ts';

export interface SightQueueParts {
  /** How many entries the log has taken in and not written yet. */
  readonly waitingInLog: () => number;
  readonly record: (entry: AuditEntry) => void;
  readonly clock: Clock;
}

/** A dispatcher's map shows thousands at once: written down a few at a time, so that an event passes. */
const AT_ONCE = 100;
const PAUSE_MS = 2;
/** Beyond it sights wait here: the room of the log is for acts, which are refused where it is full. */
const IN_LOG_MAX = 10_000;
const FULL_PAUSE_MS = 100;
const WAITING_MAX = 100_000;
/** At the end the room of the log is for sights, too. */
const IN_LOG_AT_END_MAX = 90_000;

/** Sights on their way to the audit log, in order and at a pace that leaves it to everything else. */
export class SightQueue {
  readonly #parts: SightQueueParts;
  readonly #waiting = new RingBuffer<AuditEntry>();
  #breath = 0;
  /** Set for as long as a breath lasts: there is one timer however many wait. */
  #isPaced = false;

  constructor(parts: SightQueueParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False: too many wait. */
  push(sight: AuditEntry): boolean {
    if (this.#waiting.size >= WAITING_MAX) return false;
    this.#waiting.push(sight);
    this.#handOn();
    return true;
  }

  /** Hands on everything that has room. */
  flush(): void {
    while (this.#waiting.size > 0 && this.#parts.waitingInLog() < IN_LOG_AT_END_MAX) this.#next();
  }

  #handOn(): void {
    const { clock, waitingInLog } = this.#parts;
    const hasRoom = waitingInLog() < IN_LOG_MAX;
    for (; hasRoom && this.#breath < AT_ONCE && this.#waiting.size > 0; this.#breath++) this.#next();
    if (this.#isPaced) return;
    this.#isPaced = true;
    clock.after(hasRoom ? PAUSE_MS : FULL_PAUSE_MS, () => {
      this.#isPaced = false;
      this.#breath = 0;
      if (this.#waiting.size > 0) this.#handOn();
    });
  }

  #next(): void {
    const sight = this.#waiting.shift();
    if (sight) this.#parts.record(sight);
  }
}
