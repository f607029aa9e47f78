import { type DatedEntry, weightOf } from './audit-entry.ts';

/** Entries that wait to be chained, first in first out, weighed by the people whom they are about. */
export class AuditQueue {
  #entries: DatedEntry[] = [];
  #weight = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** As in {@link weightOf}, of all that wait. */
  get weight(): number {
    return this.#weight;
  }

  push(entry: DatedEntry): void {
    this.#entries.push(entry);
    this.#weight += weightOf(entry);
  }

  /** Before all others. */
  putBack(entries: readonly DatedEntry[]): void {
    this.#entries.unshift(...entries);
    for (const entry of entries) this.#weight += weightOf(entry);
  }

  /** Takes out the first ones: at most so many, and no more than weigh so much, but for a single one. */
  take(entriesMax: number, weightMax: number): DatedEntry[] {
    let count = 0;
    let weight = 0;
    for (const entry of this.#entries) {
      const more = weight + weightOf(entry);
      if (count === entriesMax || (count > 0 && more > weightMax)) break;
      count += 1;
      weight = more;
    }
    this.#weight -= weight;
    return this.#entries.splice(0, count);
  }
}
