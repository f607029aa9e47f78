import type { Sample } from './sample.ts';
import type { Thresholds } from './thresholds.ts';
import type { VigilStore } from './vigil-store.ts';

/** Records that are read at once. */
const PAGE = 1_000;

/** What was set for people and put on record since the last look, whichever node it came through. */
export class OthersChanges {
  readonly #store: Pick<
    VigilStore,
    'changedSince' | 'thresholdsOf' | 'recordsSince' | 'retractedSince' | 'erasedSince'
  >;
  /** What is written in a transaction is seen a little after the time that it bears. */
  readonly #overlapMs: number;
  #thresholdsMs: number;
  #recordsMs: number;
  #retractedMs: number;
  #erasedMs: number;
  /** By person, when what was told of them was taken back or put right. */
  readonly #toldRetracted = new Map<string, number>();

  constructor(
    store: Pick<
      VigilStore,
      'changedSince' | 'thresholdsOf' | 'recordsSince' | 'retractedSince' | 'erasedSince'
    >,
    fromMs: number,
    overlapMs: number,
  ) {
    this.#store = store;
    this.#overlapMs = overlapMs;
    this.#thresholdsMs = fromMs;
    this.#recordsMs = fromMs;
    this.#retractedMs = fromMs;
    this.#erasedMs = fromMs;
  }

  /** Of those who are known; some may be told more than once. */
  async thresholds(isKnown: (personId: string) => boolean): Promise<ReadonlyMap<string, Thresholds>> {
    const { personIds, nowMs } = await this.#store.changedSince(this.#thresholdsMs - this.#overlapMs);
    const known = personIds.filter(isKnown);
    const thresholds = known.length > 0 ? await this.#store.thresholdsOf(known) : new Map();
    this.#thresholdsMs = nowMs;
    return thresholds;
  }

  /** Of those who are known; some may be told more than once. */
  async records(isKnown: (personId: string) => boolean): Promise<readonly Sample[]> {
    const found: Sample[] = [];
    let sinceMs = this.#recordsMs - this.#overlapMs;
    for (;;) {
      const page = await this.#store.recordsSince(sinceMs, PAGE);
      found.push(...page.filter(({ personId }) => isKnown(personId)));
      const last = page.at(-1);
      if (last) this.#recordsMs = Math.max(this.#recordsMs, last.receivedAtMs);
      if (!last || page.length < PAGE) return found;
      sinceMs = last.receivedAtMs;
    }
  }

  /** Of whom something was taken back or put right; each time is told once. */
  async retracted(nowMs: number): Promise<readonly string[]> {
    const told = this.#toldRetracted;
    const found = await this.#store.retractedSince(this.#retractedMs - this.#overlapMs);
    const news = found.filter(({ personId, atMs }) => told.get(personId) !== atMs);
    // What is not found any more is older than what is looked for.
    told.clear();
    for (const { personId, atMs } of found) told.set(personId, atMs);
    this.#retractedMs = nowMs;
    return news.map(({ personId }) => personId);
  }

  /** Who was made nobody; some may be told more than once. */
  async erased(nowMs: number): Promise<readonly string[]> {
    const personIds = await this.#store.erasedSince(this.#erasedMs - this.#overlapMs);
    this.#erasedMs = nowMs;
    return personIds;
  }
}
