import type { JudgeState } from './judge-state.ts';
import type { Sample } from './sample.ts';
import type { Score } from './score.ts';
import type { Asked } from './shared-people.ts';
import type { Thresholds } from './thresholds.ts';

/** What is known of one person, as it is put away and taken up again. */
export interface PutAway {
  readonly personId: string;
  /** When the newest sample came that is in it. */
  readonly receivedAtMs: number;
  readonly state: JudgeState;
  /** The same of what came to the node that puts it away; not there: nothing has. */
  readonly heardHereMs?: number;
}

/** What judging one person begins with. */
export interface Beginning {
  readonly personId: string;
  readonly thresholds: Thresholds | null;
  /** Null: nothing was put away, or by a program that kept something else. */
  readonly putAway: PutAway | null;
  /** What came since, or else in the last days as far as it is looked back; in the order in which it came. */
  readonly samples: readonly Sample[];
}

export interface Retracted {
  readonly personId: string;
  readonly atMs: number;
}

export interface KeptScoreOf {
  readonly personId: string;
  readonly score: Score;
}

/** What the vigil keeps. Everything rejects when the store does not answer; all of it may be done again. */
export interface VigilStore {
  /** Of each of these people, in any order. */
  begin(personIds: readonly string[], nowMs: number): Promise<readonly Beginning[]>;
  /** What one person's samples say from the beginning, as far as it is looked back, whatever was put away. */
  samplesOf(personId: string, nowMs: number): Promise<readonly Sample[]>;
  /** What other nodes took in as well as this one, after an instant of each; of each person in the order in which it came. */
  samplesSince(asked: readonly Asked[]): Promise<readonly Sample[]>;
  /** An older state of the same person changes nothing. Answers who of them was heard by another node lately. */
  putAway(states: readonly PutAway[], nodeId: string): Promise<readonly string[]>;
  /** What was put away of somebody does not count any more. */
  forget(personId: string): Promise<void>;
  keepScores(scores: readonly KeptScoreOf[]): Promise<void>;
  /** For whom something was set after `sinceMs`, by the store's clock, which is in the answer. */
  changedSince(sinceMs: number): Promise<{ readonly personIds: readonly string[]; readonly nowMs: number }>;
  thresholdsOf(personIds: readonly string[]): Promise<ReadonlyMap<string, Thresholds>>;
  /** What people and other systems put on record after `sinceMs` that says how somebody is now; in the order of receipt. */
  recordsSince(sinceMs: number, limit: number): Promise<readonly Sample[]>;
  /** Of whom something was taken back or put right after `sinceMs` that had come within the last day, and when last. */
  retractedSince(sinceMs: number): Promise<readonly Retracted[]>;
  /** Who was made nobody after `sinceMs`. */
  erasedSince(sinceMs: number): Promise<readonly string[]>;
  /** Of whom something came after `sinceMs`, or has to come by what is set for them now; nobody who has left; some at a time by their ids. */
  awaited(sinceMs: number, afterPersonId: string | null, limit: number): Promise<readonly string[]>;
}
