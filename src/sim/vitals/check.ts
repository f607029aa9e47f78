import { groupBy } from '../../lib/group-by.ts';
import {
  type AuditTerms,
  type KeptSample,
  type OwnAlert,
  ownAlerts,
  ownScores,
  type ScoredAt,
} from './audit.ts';
import { RISKS } from './own-news2.ts';
import type { MeasuredVitals } from './scenario.ts';
import type { StoredAlert, StoredPerson, StoredSample, StoredScore } from './vitals-reader.ts';

/** What the devices of a run know of one person. */
export interface Streamed {
  readonly personId: string;
  readonly ageYears: number | null;
  readonly sent: number;
  readonly acknowledged: number;
  /** Values that can't be, by name, as the recording has them. */
  readonly impossible: ReadonlyMap<string, number>;
}

/** The verdict of computing again. */
export interface VitalsCheck {
  readonly samples: number;
  readonly doubtful: number;
  readonly alerts: number;
  readonly scores: number;
  /** What does not agree, one sentence each; empty when all does. */
  readonly complaints: readonly string[];
}

/** What a person can have, as docs/vitals.md says it. */
const PLAUSIBLE: Readonly<Record<string, readonly [number, number]>> = {
  heartRateBpm: [20, 300],
  systolicMmhg: [30, 300],
  diastolicMmhg: [10, 200],
  spo2Pct: [30, 100],
  respirationPerMin: [1, 60],
  temperatureC: [25, 45],
  weightKg: [0.3, 650],
};

/** Names of values of a sample that can't be. */
export function impossibleIn(vitals: MeasuredVitals): string[] {
  const outside = Object.entries(PLAUSIBLE).flatMap(([name, [min, max]]) => {
    const value = vitals[name as keyof MeasuredVitals];
    return typeof value === 'number' && (value < min || value > max) ? [name] : [];
  });
  const { systolicMmhg: high, diastolicMmhg: low } = vitals;
  const contradict = high !== undefined && low !== undefined && low >= high;
  return [...new Set([...outside, ...(contradict ? ['systolicMmhg', 'diastolicMmhg'] : [])])];
}

/** Compares what is stored with what was streamed, and with what the stored samples lead to. */
export function checkVitals(
  streamed: readonly Streamed[],
  stored: ReadonlyMap<string, StoredPerson>,
  terms: Omit<AuditTerms, 'isAdult'>,
): VitalsCheck {
  const totals = { samples: 0, doubtful: 0, alerts: 0, scores: 0 };
  const complaints = streamed.flatMap((one) => {
    const person = stored.get(one.personId) ?? { samples: [], alerts: [], scores: [] };
    totals.samples += person.samples.length;
    totals.doubtful += person.samples.reduce((sum, { doubted }) => sum + doubted.length, 0);
    totals.alerts += person.alerts.length;
    totals.scores += person.scores.length;
    // A recording without an age is of somebody whose age is not known, which is taken for an adult's.
    const isAdult = one.ageYears === null || one.ageYears >= 16;
    return [
      ...samplesOf(one, person.samples),
      ...doubtsOf(one, person.samples),
      ...alertsOf(one, person, { ...terms, isAdult }),
      ...(isAdult ? scoresOf(one, person, terms) : []),
    ];
  });
  return { ...totals, complaints };
}

function samplesOf({ personId, sent, acknowledged }: Streamed, samples: readonly StoredSample[]): string[] {
  const numbers = new Set(samples.map(({ seq }) => seq));
  const inOrder = samples.every(({ seq }, i) => seq === i + 1);
  return [
    ...(samples.length < acknowledged
      ? [`${acknowledged - samples.length} acknowledged samples of ${personId} are not stored`]
      : []),
    ...(samples.length > sent
      ? [`${samples.length} samples of ${personId} are stored, ${sent} were sent`]
      : []),
    ...(numbers.size < samples.length ? [`samples of ${personId} are stored twice`] : []),
    ...(inOrder ? [] : [`samples of ${personId} are not numbered 1, 2, 3 …`]),
  ];
}

function doubtsOf({ personId, impossible }: Streamed, samples: readonly StoredSample[]): string[] {
  const flagged = new Map<string, number>();
  for (const name of samples.flatMap(({ doubted }) => doubted))
    flagged.set(name, (flagged.get(name) ?? 0) + 1);
  const names = new Set([...flagged.keys(), ...impossible.keys()]);
  return [...names].flatMap((name) => {
    const [should, is] = [impossible.get(name) ?? 0, flagged.get(name) ?? 0];
    return should === is ? [] : [`${personId}: ${should} values of ${name} can't be, ${is} are flagged`];
  });
}

const believedOf = (samples: readonly StoredSample[]): KeptSample[] =>
  samples
    .filter(({ late }) => !late)
    .map(({ atMs, vitals, doubted }) => ({
      atMs,
      vitals: Object.fromEntries(Object.entries(vitals).filter(([name]) => !doubted.includes(name))),
    }));

/** What is judged by limits and scores; devices and silence are found by other means. */
const isComputed = ({ condition }: { condition: string }) => !/^(implausible|no_data)_/.test(condition);

function alertsOf({ personId }: Streamed, { samples, alerts }: StoredPerson, terms: AuditTerms): string[] {
  const should = ownAlerts(believedOf(samples), terms).map(textOf).sort();
  const are = alerts.filter(isComputed).map(textOf).sort();
  return [
    ...without(should, are).map((alert) => `${personId}: there should be ${alert}`),
    ...without(are, should).map((alert) => `${personId}: there should not be ${alert}`),
  ];
}

const textOf = ({ condition, openedAtMs, severity, endedAtMs }: OwnAlert | StoredAlert) =>
  `${severity} ${condition} at ${openedAtMs}, ${endedAtMs === null ? 'open' : 'over'}`;

function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function scoresOf(
  { personId }: Streamed,
  { samples, scores }: StoredPerson,
  { maxAgeMs }: Omit<AuditTerms, 'isAdult'>,
): string[] {
  // Two instruments can measure at the same moment: each of them makes a score of that moment.
  const own = groupBy(ownScores(believedOf(samples), maxAgeMs), ({ atMs }) => atMs);
  return scores.flatMap((stored) => {
    const is = scoreText(stored);
    const should = (own.get(stored.atMs) ?? []).map(ownText);
    if (
      !should.includes(is) &&
      [...own].some(([atMs, all]) => isHint(atMs, stored.atMs) && all.map(ownText).includes(is))
    )
      return [];
    return should.includes(is)
      ? []
      : [`${personId}: the score at ${stored.atMs} is ${is}, it should be ${should.join(' or ') || 'none'}`];
  });
}

/**
 * A device with a backlog says first how things are now. That is judged when it comes, and stored later by another frame,
 * whose way took a few milliseconds more or less.
 */
const HINT_MS = 50;
const isHint = (atMs: number, storedAtMs: number) => Math.abs(atMs - storedAtMs) <= HINT_MS;

const ownText = ({ isComplete, sum, risk, points }: ScoredAt) =>
  scoreText({ total: isComplete ? sum : null, atLeast: sum, risk: RISKS[risk] ?? '', points });

const scoreText = ({
  total,
  atLeast,
  risk,
  points,
}: Pick<StoredScore, 'total' | 'atLeast' | 'risk' | 'points'>) =>
  `${total ?? `at least ${atLeast}`} ${risk} (${Object.entries(points)
    .sort()
    .map(([name, n]) => `${name} ${n}`)
    .join(', ')})`;
