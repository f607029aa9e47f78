import type { LaneSteps } from '../lanes/steps.ts';
import { readSample, type TimedVitals } from './read-sample.ts';
import type { VitalsWatch } from './sample.ts';
import { type Doubts, doubtsOf, type Vitals } from './vitals.ts';

/** A sample that is kept. */
export interface KeptVitals extends TimedVitals {
  readonly doubts: Doubts;
  /** It came too long after it was measured to say how somebody is now. */
  readonly late: boolean;
}

export interface VitalsRules {
  /** A sample older than this when it arrives goes to history only. */
  readonly maxSampleAgeLiveMs: number;
  /** How far a sample may lie after the sending of its frame, by the same device clock, to be taken for now. */
  readonly futureToleranceMs: number;
}

export const DEFAULT_VITALS_RULES: VitalsRules = { maxSampleAgeLiveMs: 60_000, futureToleranceMs: 60_000 };

/** Of each value: when the newest was measured that was told, and whether by a hint. */
export type Told = { readonly [name in keyof Vitals]?: ToldAt };

interface ToldAt {
  readonly atMs: number;
  readonly recordedAtMs: number;
  readonly byHint: boolean;
}

/** A judged sample as an object with its numbers. */
const SAMPLE_BYTES = 900;

/**
 * The lane of vital signs: validate, flag what can't be so, keep everything, and tell at once what says how somebody is
 * now. A sample is never dropped for what it says. One that claims to be from after its frame was sent is kept as late,
 * because nobody can tell how old it is.
 */
export function vitalsSteps(rules: VitalsRules, watch: VitalsWatch): LaneSteps<KeptVitals, null, Told> {
  const keep = (sample: TimedVitals, sentAtMs: number): KeptVitals => {
    const ageMs = sentAtMs - sample.atMs;
    const late = ageMs > rules.maxSampleAgeLiveMs || ageMs < -rules.futureToleranceMs;
    return { ...sample, doubts: doubtsOf(sample.vitals), late };
  };
  return {
    lane: 'vitals',
    rowBytes: SAMPLE_BYTES,

    begin: () => null,

    judge(memory, now, arrival) {
      const sample = readSample(arrival.row, arrival);
      if (!sample) return { kind: 'refused', reason: 'invalid', memory };
      const value = keep(sample, arrival.sentAtMs);
      const news = value.late ? null : newsIn(value, now, false);
      const outcome = value.late ? 'late' : news ? 'live' : 'stale';
      return { kind: 'kept', value, told: news?.told ?? null, outcome, memory, now: news?.now ?? now };
    },

    hint(_memory, now, arrival) {
      const sample = readSample(arrival.row, arrival);
      const value = sample && keep(sample, arrival.sentAtMs);
      const news = value && !value.late ? newsIn(value, now, true) : null;
      return { told: news?.told ?? null, now: news?.now ?? now };
    },

    tell({ device, value: { recordedAtMs, vitals, doubts, late }, receivedAtMs }) {
      const source = 'device' as const;
      watch.sampled({ personId: device.userId, recordedAtMs, receivedAtMs, source, vitals, doubts, late });
    },
  };
}

/**
 * What of a sample is not older than what was told of the same vital sign, nor the same once by a hint and once in its turn.
 * By vital sign, because sensors of one device report at moments of their own. Null: none of it is news.
 */
function newsIn(
  sample: KeptVitals,
  told: Told | undefined,
  byHint: boolean,
): { readonly told: KeptVitals; readonly now: Told } | null {
  const { atMs, recordedAtMs } = sample;
  const names = (Object.keys(sample.vitals) as (keyof Vitals)[]).filter((name) => {
    const before = told?.[name];
    return !before || !isOldNews(sample, before, byHint);
  });
  if (names.length === 0) return null;
  const isNews = ([name]: [string, unknown]) => names.includes(name as keyof Vitals);
  return {
    told: {
      ...sample,
      vitals: pick(sample.vitals, isNews),
      doubts: pick(sample.doubts, isNews),
    },
    now: { ...told, ...Object.fromEntries(names.map((name) => [name, { atMs, recordedAtMs, byHint }])) },
  };
}

/** Both clocks must say that it is older: by the device's alone, one that is set back would silence its wearer. */
function isOldNews(sample: TimedVitals, told: ToldAt, byHint: boolean): boolean {
  if ((byHint || told.byHint) && sample.atMs === told.atMs) return true;
  return sample.atMs < told.atMs && sample.recordedAtMs < told.recordedAtMs;
}

const pick = <T extends object>(values: T, wanted: (entry: [string, unknown]) => boolean): T =>
  Object.fromEntries(Object.entries(values).filter(wanted)) as T;
