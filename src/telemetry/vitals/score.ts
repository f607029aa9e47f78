import type { Current, CurrentName } from './current.ts';
import { type News2, type News2Observations, type News2Parameter, news2, type Spo2Scale } from './news2.ts';

/** What each parameter of the score is taken from. */
export const SOURCE_OF: Readonly<Record<News2Parameter, CurrentName>> = {
  respiration: 'respirationPerMin',
  spo2: 'spo2Pct',
  oxygen: 'onOxygen',
  systolic: 'systolicMmhg',
  pulse: 'heartRateBpm',
  consciousness: 'consciousness',
  temperature: 'temperatureC',
};

export type News2Ages = Readonly<Record<News2Parameter, number>>;

const HOUR_MS = 3_600_000;

/** As they are set for a node: of what changes within minutes, of what is measured on a round, of temperature. */
export function news2Ages(streamMs: number, roundMs: number, temperatureMs: number): News2Ages {
  return {
    respiration: streamMs,
    spo2: streamMs,
    pulse: streamMs,
    oxygen: roundMs,
    systolic: roundMs,
    consciousness: roundMs,
    temperature: temperatureMs,
  };
}

/**
 * How old a value may be to count. The College has somebody with 5 points or more observed every hour, and with 1 to 4
 * points every four to six. What changes within minutes counts for half an hour, so that a value of one round never
 * counts in the next; what is measured by hand, for four hours; temperature, which changes slowly, for twice as long.
 */
export const NEWS2_MAX_AGE_MS: News2Ages = news2Ages(HOUR_MS / 2, 4 * HOUR_MS, 8 * HOUR_MS);

/** Why there is no score for somebody. */
export type NotApplicable = 'under_16' | 'pregnant';

/** What a person's score depends on besides what was measured. */
export interface ScoreTerms {
  readonly scale: Spo2Scale;
  readonly isPregnant: boolean;
  /** `YYYY-MM-DD`; null: not known, and taken for an adult. */
  readonly dateOfBirth: string | null;
  readonly maxAgeMs: News2Ages;
}

/** One person's score at one moment. */
export interface Score extends News2 {
  readonly atMs: number;
  /** How old the newest value of each parameter is, too old ones included; absent: there is none. */
  readonly agesMs: { readonly [P in News2Parameter]?: number };
  /** Missing because the newest value is too old. */
  readonly stale: readonly News2Parameter[];
  /** Nobody knows whether this is somebody of 16 or older. */
  readonly isAgeUnknown: boolean;
}

export type ScoreResult =
  | { readonly applies: true; readonly score: Score }
  | { readonly applies: false; readonly because: NotApplicable };

const ADULT_YEARS = 16;

/** Why there is no score for this person on that day; null: there is. */
export function notApplicable(
  { dateOfBirth, isPregnant }: Pick<ScoreTerms, 'dateOfBirth' | 'isPregnant'>,
  atMs: number,
): NotApplicable | null {
  if (dateOfBirth !== null && isYoungerThan(ADULT_YEARS, dateOfBirth, atMs)) return 'under_16';
  return isPregnant ? 'pregnant' : null;
}

/** By the calendar in UTC; whoever is born on a leap day has a birthday on the day after in other years. */
function isYoungerThan(years: number, dateOfBirth: string, atMs: number): boolean {
  const [year = 0, month = 1, day = 1] = dateOfBirth.split('-').map(Number);
  return atMs < Date.UTC(year + years, month - 1, day);
}

/** The score of what is known at `atMs`. What is too old does not count and is named. Pure. */
export function scoreAt(current: Current, terms: ScoreTerms, atMs: number): ScoreResult {
  const because = notApplicable(terms, atMs);
  if (because !== null) return { applies: false, because };
  const agesMs: { [P in News2Parameter]?: number } = {};
  const stale: News2Parameter[] = [];
  const observed: Record<string, unknown> = {};
  for (const parameter of Object.keys(SOURCE_OF) as News2Parameter[]) {
    const known = current[SOURCE_OF[parameter]];
    if (known === undefined) continue;
    const ageMs = Math.max(0, atMs - known.atMs);
    agesMs[parameter] = ageMs;
    if (ageMs > terms.maxAgeMs[parameter]) stale.push(parameter);
    else observed[parameter] = known.value;
  }
  const scored = news2(observed as News2Observations, terms.scale);
  return {
    applies: true,
    score: { ...scored, atMs, agesMs, stale, isAgeUnknown: terms.dateOfBirth === null },
  };
}
