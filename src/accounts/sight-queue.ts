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
export type SightOfMany = Omit<AuditEntry, 'subjectUserId' | 'subjectUserIds' | 'resourceId' | 'resourceIds'>;

/** Of whom, and where it was in an SOS, in which. */
interface Gathered {
  readonly sight: SightOfMany;
  /** Of the last of them: an SOS is not seen before it is there. */
  atMs: number;
  readonly people: string[];
  /** One for each of the people; empty: in none. */
  readonly resources: string[];
}

/**
 * A map shows more people and more SOS in the next moment: they are said of together. With fifty maps open, entries about one each
 * would be more work for the database than the SOS that they are about.
 */
const GATHER_MS = 1_000;
/** After so long it is looked again whether the log has room. */
const AGAIN_MS = 100;
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
  readonly #gathered = new Map<string, Gathered>();
  #people = 0;
  /** There is one timer for each of both however many wait. */
  #isGathering = false;
  #isWaiting = false;

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

  /**
   * One of many who are seen at once. `key` says by whom and why, whatever else stands in `sight`, and whether it is in SOS, of
   * which this one is in `resourceId`. False: too many wait.
   */
  gather(key: string, sight: SightOfMany, subjectUserId: string, resourceId?: string): boolean {
    if (!this.#hasRoom(1)) return false;
    // Once in each entry, for their place in it is that of their SOS.
    if (resourceId !== undefined && this.#gathered.get(key)?.people.includes(subjectUserId)) this.#end(key);
    const atMs = this.#parts.clock.nowMs();
    const gathered = this.#gathered.get(key) ?? { sight, atMs, people: [], resources: [] };
    gathered.atMs = atMs;
    gathered.people.push(subjectUserId);
    if (resourceId !== undefined) gathered.resources.push(resourceId);
    this.#gathered.set(key, gathered);
    this.#people += 1;
    if (gathered.people.length >= SUBJECTS_MAX) {
      this.#end(key);
      this.#handOn();
    }
    this.#gatherOn();
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
  #dated(sight: AuditEntry): AuditEntry {
    return { ...sight, atMs: sight.atMs ?? this.#parts.clock.nowMs() };
  }

  #endGathering(): void {
    for (const key of this.#gathered.keys()) this.#end(key);
  }

  #end(key: string): void {
    const gathered = this.#gathered.get(key);
    if (!gathered) return;
    this.#gathered.delete(key);
    this.#waiting.push(entryOf(gathered));
  }

  #handOn(): void {
    this.#handOnTo(IN_LOG_MAX);
    if (this.#waiting.size > 0) this.#waitOn();
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

  #gatherOn(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#parts.clock.after(GATHER_MS, () => {
      this.#isGathering = false;
      this.#endGathering();
      this.#handOn();
    });
  }

  #waitOn(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#parts.clock.after(AGAIN_MS, () => {
      this.#isWaiting = false;
      this.#handOn();
    });
  }
}

function entryOf({ sight, atMs, people, resources }: Gathered): AuditEntry {
  const [first] = people;
  if (people.length === 1) return { ...sight, atMs, subjectUserId: first, resourceId: resources[0] };
  return { ...sight, atMs, subjectUserIds: people, ...(resources.length > 0 && { resourceIds: resources }) };
}
