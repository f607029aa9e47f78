import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { RingBuffer } from '../../lib/ring-buffer.ts';
import type { Findings } from './finding.ts';
import type { KeptScoreOf, PutAway, VigilStore } from './vigil-store.ts';

export interface KeeperParts {
  readonly store: Pick<VigilStore, 'putAway' | 'keepScores'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: KeeperSettings;
  readonly nodeId: string;
  /** Of these people another node has heard lately too. */
  readonly onShared?: (personIds: readonly string[]) => void;
  /** What a state says was told has to be in the store first: a node that takes it over tells it no more. */
  readonly findings?: Pick<Findings, 'waitsFor'>;
}

export interface KeeperSettings {
  readonly everyMs: number;
  /** In one statement. */
  readonly batchMax: number;
  /** What waits for the store at most: the longest waiting go first. (Invariant 8.) */
  readonly statesMax: number;
  readonly scoresMax: number;
}

export const KEEPER_DEFAULTS: KeeperSettings = {
  everyMs: 5_000,
  batchMax: 500,
  statesMax: 50_000,
  scoresMax: 50_000,
};

/** Writes what is known of people, and their scores, every few seconds; what the store does not take waits. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #states = new Map<string, PutAway>();
  readonly #scores = new RingBuffer<KeptScoreOf>();
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isStopped = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  get waiting(): { readonly states: number; readonly scores: number } {
    return { states: this.#states.size, scores: this.#scores.size };
  }

  start(): void {
    this.#cancelTimer = this.#parts.clock.after(this.#parts.settings.everyMs, () => {
      void this.flush().then(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  /** Writes what waits, if the store can be reached. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.flush();
  }

  state(state: PutAway): void {
    const { settings, metrics } = this.#parts;
    this.#states.delete(state.personId);
    this.#states.set(state.personId, state);
    if (this.#states.size <= settings.statesMax) return;
    for (const longest of this.#states.keys()) {
      this.#states.delete(longest);
      break;
    }
    metrics.count('vitals_states_overflow_total');
  }

  score(score: KeptScoreOf): void {
    this.#scores.push(score);
    if (this.#scores.size <= this.#parts.settings.scoresMax) return;
    this.#scores.shift();
    this.#parts.metrics.count('vitals_scores_overflow_total');
  }

  /** What waits of this person is of no use any more. */
  forget(personId: string): void {
    this.#states.delete(personId);
  }

  /** Resolves when everything that waited is written, or the store does not answer. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { log, metrics } = this.#parts;
    try {
      await this.#writeScores();
      await this.#writeStates();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.warn(errorFields(error), 'scores of vital signs wait for the store');
      this.#isFailing = true;
      metrics.count('vitals_keep_failed_total');
    }
  }

  async #writeScores(): Promise<void> {
    const { store, settings } = this.#parts;
    while (this.#scores.size > 0) {
      const batch: KeptScoreOf[] = [];
      for (const score of this.#scores) {
        if (batch.length === settings.batchMax) break;
        batch.push(score);
      }
      await store.keepScores(batch);
      // While it was written the longest waiting may have gone already.
      const written = new Set(batch);
      for (let next = this.#scores.peek(); next && written.has(next); next = this.#scores.peek()) {
        this.#scores.shift();
      }
    }
  }

  async #writeStates(): Promise<void> {
    const { findings, store, settings, nodeId, onShared } = this.#parts;
    const isTold = ({ personId }: PutAway) => !findings?.waitsFor?.(personId);
    const people = [...this.#states.keys()];
    while (people.length > 0) {
      // As they are now: of whom something was found meanwhile is left for the next time.
      const states = people.splice(0, settings.batchMax).map((personId) => this.#states.get(personId));
      const batch = states.filter((state) => state !== undefined).filter(isTold);
      if (batch.length === 0) continue;
      const shared = await store.putAway(batch, nodeId);
      onShared?.(shared);
      for (const state of batch) {
        if (this.#states.get(state.personId) === state) this.#states.delete(state.personId);
      }
    }
  }
}
