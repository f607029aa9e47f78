import type { Clock } from '../lib/clock.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import { type AuditEntry, SUBJECTS_MAX, weightOf } from './audit-entry.ts';

export interface SightQueueParts {
  /** How much the log has taken in and not written yet, counted in people. */
  readonly waitingInLog: () => number;
  readonly record: (entry: AuditEntry) => void;
  readonly clock: Clock;
}

/** What is the same of all whom somebody sees on a map. */
export type SightOfMany = Omit<AuditEntry, 'subjectUserId' | 'subjectUserIds'>;

/** A map that is opened or moves shows more people in the next moment: they are said of together. */
const GATHER_MS = 100;
/** Beyond it sights wait here: the room of the log is for acts, which are refused where it is full. Counted in people, as there. */
const IN_LOG_MAX = 10_000;
/** An entry takes the memory of its words, and each of its people that of an id, which the map holds as well. */
const ENTRIES_MAX = 100_000;
const PEOPLE_MAX = 500_000;
/** At the end the room of the log is for sights, too. */
const IN_LOG_AT_END_MAX = 90_000;

/** Sights on their way to the audit log: those of a map in entries about many, all of them as long as the log has room. */
export class SightQueue {
  readonly #parts: SightQueueParts;
  readonly #waiting = new RingBuffer<AuditEntry>();
  readonly #gathered = new Map<string, { readonly sight: SightOfMany; readonly people: string[] }>();
  #people = 0;
  /** There is one timer however many wait. */
  #isTimed = false;

  constructor(parts: SightQueueParts) {
    this.#parts = parts;
  }

  /** How many sights wait. */
  get size(): number {
    return this.#people;
  }

  /** False: too many wait. */
  push(sight: AuditEntry): boolean {
    const weight = weightOf(sight);
    if (!this.#hasRoom(weight)) return false;
    this.#waiting.push(this.#dated(sight));
    this.#people += weight;
    this.#handOn();
    return true;
  }

  /** One of many who are seen at once; `key` says by whom and why, whatever else stands in `sight`. False: too many wait. */
  gather(key: string, sight: SightOfMany, subjectUserId: string): boolean {
    if (!this.#hasRoom(1)) return false;
    const gathered = this.#gathered.get(key) ?? { sight: this.#dated(sight), people: [] };
    gathered.people.push(subjectUserId);
    this.#gathered.set(key, gathered);
    this.#people += 1;
    if (gathered.people.length >= SUBJECTS_MAX) {
      this.#gathered.delete(key);
      this.#waiting.push({ ...gathered.sight, subjectUserIds: gathered.people });
      this.#handOn();
    }
    this.#wake();
    return true;
  }

  /** Hands on everything that has room. */
  flush(): void {
    this.#endGathering();
    this.#handOnTo(IN_LOG_AT_END_MAX);
  }

  #hasRoom(people: number): boolean {
    return this.#waiting.size < ENTRIES_MAX && this.#people + people <= PEOPLE_MAX;
  }

  /** It is of now, however long it waits for the log. */
  #dated<Sight extends SightOfMany>(sight: Sight): Sight {
    return { ...sight, atMs: sight.atMs ?? this.#parts.clock.nowMs() };
  }

  #endGathering(): void {
    for (const { sight, people } of this.#gathered.values()) {
      const [first, ...more] = people;
      const whom = more.length === 0 ? { subjectUserId: first } : { subjectUserIds: people };
      this.#waiting.push({ ...sight, ...whom });
    }
    this.#gathered.clear();
  }

  #handOn(): void {
    this.#handOnTo(IN_LOG_MAX);
    if (this.#waiting.size > 0) this.#wake();
  }

  #handOnTo(inLogMax: number): void {
    const { waitingInLog, record } = this.#parts;
    while (waitingInLog() < inLogMax) {
      const sight = this.#waiting.shift();
      if (!sight) return;
      this.#people -= weightOf(sight);
      record(sight);
    }
  }

  #wake(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#parts.clock.after(GATHER_MS, () => {
      this.#isTimed = false;
      this.#endGathering();
      this.#handOn();
    });
  }
}
