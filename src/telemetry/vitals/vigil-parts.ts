import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Births } from '../people.ts';
import type { Current } from './current.ts';
import type { Findings } from './finding.ts';
import { KEEPER_DEFAULTS, type KeeperSettings } from './keeper.ts';
import { NEWS2_MAX_AGE_MS, type News2Ages, type ScoreResult } from './score.ts';
import type { VigilStore } from './vigil-store.ts';

export interface VigilSettings {
  /** So many people are remembered; who was not heard of for the longest goes first, and is loaded again. */
  readonly peopleMax: number;
  /** Samples of one person that wait for the beginning; beyond it they are judged without. */
  readonly parkedMax: number;
  /** The same of everybody together. (Invariant 8.) */
  readonly parkedOfAllMax: number;
  /** How long the beginning is waited for. */
  readonly patienceMs: number;
  /** Of whom nothing came here for so long, another node may have heard. */
  readonly heardElsewhereAfterMs: number;
  readonly silenceEveryMs: number;
  readonly refreshEveryMs: number;
  /** How often what other nodes take in of those whom this one hears too is read. */
  readonly sharedEveryMs: number;
  /** Told that there is something to look at, this long passes at least between two looks. */
  readonly lookAfterMs: number;
  /** What is written in a transaction is seen a little after the time that it bears. */
  readonly overlapMs: number;
  /** At the start silence is noticed of those who were heard of within this. */
  readonly armedWithinMs: number;
  readonly news2MaxAgeMs: News2Ages;
  readonly keeper: KeeperSettings;
}

export const VIGIL_DEFAULTS: VigilSettings = {
  peopleMax: 50_000,
  parkedMax: 1_000,
  parkedOfAllMax: 100_000,
  patienceMs: 500,
  heardElsewhereAfterMs: 60_000,
  silenceEveryMs: 5_000,
  refreshEveryMs: 1_000,
  sharedEveryMs: 1_000,
  lookAfterMs: 200,
  overlapMs: 10_000,
  armedWithinMs: 86_400_000,
  news2MaxAgeMs: NEWS2_MAX_AGE_MS,
  keeper: KEEPER_DEFAULTS,
};

export interface VigilParts {
  readonly nodeId: string;
  readonly store: VigilStore;
  readonly people: Births;
  readonly findings: Findings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings?: Partial<VigilSettings>;
  /** Is told how somebody is with each sample; for what is shown live. Must neither wait nor throw. */
  readonly onJudged?: (personId: string, current: Current, result: ScoreResult) => void;
}
