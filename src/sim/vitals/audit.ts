import { LIMITS, type Limit, SEVERITIES, type Severity } from './own-limits.ts';
import { byHand, NEWS2_OF, type OwnScore, ownScore } from './own-news2.ts';
import type { MeasuredVitals } from './scenario.ts';

/** A sample as the database holds it, without what was not believed. */
export interface KeptSample {
  readonly atMs: number;
  readonly vitals: MeasuredVitals;
}

/** By what somebody was judged, as much as a run sets it. */
export interface AuditTerms {
  /** How long what comes as a stream has to hold. */
  readonly streamMs: number;
  /** The same of what is measured once in a while. */
  readonly singleMs: number;
  /** How old a value may be to count for the score, by parameter. */
  readonly maxAgeMs: Readonly<Record<string, number>>;
  readonly isAdult: boolean;
}

/** An alert as it should be on record. */
export interface OwnAlert {
  readonly condition: string;
  readonly openedAtMs: number;
  /** The highest that it had. */
  readonly severity: Severity;
  /** Null: it still holds. */
  readonly endedAtMs: number | null;
}

/** `1`: crossed, `-1`: clear of it, `0`: neither. */
interface Reading {
  readonly atMs: number;
  /** Its place among all that came: two of one instant are told apart by it. */
  readonly place: number;
  readonly says: 1 | 0 | -1;
  /** Nothing else came within the duration before it. */
  readonly isAlone: boolean;
}

/** While a limit counted as crossed; the second half of it for sure. */
interface Span {
  readonly fromMs: number;
  readonly fromPlace: number;
  readonly sureFromMs: number | null;
  readonly toMs: number | null;
  readonly toPlace: number | null;
}

/** All alerts of limits and scores that one person's samples lead to. Looks at all of them at once, and back and forth. */
export function ownAlerts(samples: readonly KeptSample[], terms: AuditTerms): OwnAlert[] {
  const ofLimits = LIMITS.flatMap((limit) => {
    const durationMs = limit.of === 'consciousness' ? 0 : limit.isStream ? terms.streamMs : terms.singleMs;
    const values = valuesOf(samples, limit);
    const spans = limit.steps.map(({ severity, at }) => ({
      severity,
      spans: spansOf(readingsOf(values, limit, at, durationMs), durationMs),
    }));
    return merged(limit.condition, spans);
  });
  return [...ofLimits, ...(terms.isAdult ? ofScores(samples, terms) : [])];
}

const WAKEFULNESS = { A: 0, C: 1, V: 1, P: 2, U: 2 } as const;

interface Value {
  readonly atMs: number;
  readonly value: number;
}

/** What was new when it came: nothing measured before what was known already. */
function valuesOf(samples: readonly KeptSample[], { of, decimals }: Limit): Value[] {
  const values: Value[] = [];
  for (const { atMs, vitals } of samples) {
    const found = vitals[of];
    if (found === undefined || atMs < (values.at(-1)?.atMs ?? 0)) continue;
    const value = typeof found === 'string' ? WAKEFULNESS[found] : byHand(Number(found), decimals);
    values.push({ atMs, value });
  }
  return values;
}

function readingsOf(
  values: readonly Value[],
  { isLow, margin }: Limit,
  at: number,
  durationMs: number,
): Reading[] {
  const clearOf = byHand(isLow ? at + margin : at - margin, 6);
  return values.map(({ atMs, value }, i) => {
    const before = values[i - 1];
    const crosses = isLow ? value <= at : value >= at;
    const clears = isLow ? value > clearOf : value < clearOf;
    return {
      atMs,
      place: i,
      says: crosses ? 1 : clears ? -1 : 0,
      isAlone: before === undefined || atMs - before.atMs > durationMs,
    };
  });
}

function spansOf(readings: readonly Reading[], durationMs: number): Span[] {
  const spans: Span[] = [];
  let i = 0;
  while (i < readings.length) {
    const from = indexFrom(readings, i, 1, durationMs);
    if (from === null) break;
    const to = indexFrom(readings, from + 1, -1, durationMs);
    const sure = firstSure(readings, from, to ?? readings.length, durationMs);
    spans.push({
      fromMs: timeAt(readings, from),
      fromPlace: placeAt(readings, from),
      sureFromMs: sure,
      toMs: to === null ? null : timeAt(readings, to),
      toPlace: to === null ? null : placeAt(readings, to),
    });
    if (to === null) break;
    i = to + 1;
  }
  return spans;
}

const timeAt = (readings: readonly Reading[], i: number) => readings[i]?.atMs ?? 0;
const placeAt = (readings: readonly Reading[], i: number) => readings[i]?.place ?? 0;

/** The first reading from `start` on that says so and has said so for the whole duration, or is alone. */
function indexFrom(
  readings: readonly Reading[],
  start: number,
  says: 1 | -1,
  durationMs: number,
): number | null {
  for (let i = start; i < readings.length; i++) {
    if (readings[i]?.says !== says) continue;
    if (readings[i]?.isAlone || heldFor(readings, i, start, says) >= durationMs) return i;
  }
  return null;
}

/** How long the readings before this one have said the same without a break. */
function heldFor(readings: readonly Reading[], i: number, start: number, says: number): number {
  let first = i;
  while (first > start && readings[first - 1]?.says === says) first -= 1;
  return timeAt(readings, i) - timeAt(readings, first);
}

function firstSure(
  readings: readonly Reading[],
  from: number,
  to: number,
  durationMs: number,
): number | null {
  // A run that began before the limit counted as crossed counts from where it began.
  let start = from;
  while (start > 0 && readings[start - 1]?.says === 1) start -= 1;
  for (let i = from; i < to; i++) {
    if (readings[i]?.says === 1 && heldFor(readings, i, start, 1) >= durationMs) return timeAt(readings, i);
  }
  return null;
}

/** One alert from when any level counts as crossed until none does; its severity is the highest on the way. */
function merged(
  condition: string,
  levels: readonly { severity: Severity; spans: readonly Span[] }[],
): OwnAlert[] {
  const all = levels
    .flatMap(({ severity, spans }) => spans.map((span) => ({ severity: severityOf(severity, span), span })))
    .sort((a, b) => a.span.fromPlace - b.span.fromPlace);
  const alerts: (OwnAlert & { readonly endPlace: number | null })[] = [];
  for (const { severity, span } of all) {
    const open = alerts.at(-1);
    if (open && (open.endPlace === null || span.fromPlace < open.endPlace)) {
      alerts[alerts.length - 1] = {
        ...open,
        severity: higher(open.severity, severity),
        endedAtMs: later(open.endedAtMs, span.toMs),
        endPlace: later(open.endPlace, span.toPlace),
      };
    } else {
      const { fromMs: openedAtMs, toMs: endedAtMs, toPlace: endPlace } = span;
      alerts.push({ condition, openedAtMs, severity, endedAtMs, endPlace });
    }
  }
  return alerts.map(({ endPlace, ...alert }) => alert);
}

/** A single value of a device that nothing confirms is not enough for the highest. */
const severityOf = (severity: Severity, { sureFromMs }: Span): Severity =>
  severity === 'CRITICAL' && sureFromMs === null ? 'HIGH' : severity;

const higher = (a: Severity, b: Severity) => (SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b);
const later = (a: number | null, b: number | null) => (a === null || b === null ? null : Math.max(a, b));

/** The score at one moment. */
export interface ScoredAt extends OwnScore {
  readonly atMs: number;
}

/** The score after each sample that brought anything new. */
export function ownScores(samples: readonly KeptSample[], maxAgeMs: AuditTerms['maxAgeMs']): ScoredAt[] {
  const newest = new Map<string, { atMs: number; value: unknown }>();
  let atMs = 0;
  return samples.flatMap((sample) => {
    const news = Object.entries(sample.vitals).filter(
      ([name, value]) => value !== undefined && sample.atMs >= (newest.get(name)?.atMs ?? 0),
    );
    if (news.length === 0) return [];
    for (const [name, value] of news) newest.set(name, { atMs: sample.atMs, value });
    atMs = Math.max(atMs, sample.atMs);
    const known = Object.entries(NEWS2_OF).flatMap(([parameter, name]) => {
      const one = newest.get(name);
      return one && atMs - one.atMs <= (maxAgeMs[parameter] ?? 0) ? [[name, one.value]] : [];
    });
    return [{ atMs, ...ownScore(Object.fromEntries(known)) }];
  });
}

const SCORE_CONDITIONS = [
  { condition: 'news2_low_medium', risk: 1, severity: 'MEDIUM' },
  { condition: 'news2_medium', risk: 2, severity: 'HIGH' },
  { condition: 'news2_high', risk: 3, severity: 'CRITICAL' },
] as const;

/** Of the three, the highest that holds is the one that counts. */
function ofScores(samples: readonly KeptSample[], { streamMs, maxAgeMs }: AuditTerms): OwnAlert[] {
  const scores = ownScores(samples, maxAgeMs);
  const spans = SCORE_CONDITIONS.map(({ risk }) => spansOf(scoreReadings(scores, risk, streamMs), streamMs));
  return SCORE_CONDITIONS.flatMap(({ condition, severity }, i) => {
    const above = spans.slice(i + 1).flat();
    return (spans[i] ?? []).flatMap((span) =>
      uncovered(scores, span, above).map((part) => ({
        condition,
        severity: severityOf(severity, partlySure(span, part)),
        openedAtMs: part.fromMs,
        endedAtMs: part.toMs,
      })),
    );
  });
}

/** An incomplete score says nothing of what it leaves open; a single 3 counts in a complete one only. */
function scoreReadings(scores: readonly ScoredAt[], risk: number, durationMs: number): Reading[] {
  const said = scores.map((score): Reading['says'] | null => {
    if (score.risk >= risk && (score.isComplete || score.risk !== 1)) return 1;
    return score.highestRisk < risk ? -1 : null;
  });
  return scores.flatMap(({ atMs }, i) => {
    const says = said[i];
    const before = scores[i - 1];
    const isAlone = before === undefined || atMs - before.atMs > durationMs;
    return says === null || says === undefined ? [] : [{ atMs, place: i, says, isAlone }];
  });
}

/** What of a span is not covered by any of the others, at the moments at which there was a score. */
function uncovered(
  scores: readonly ScoredAt[],
  span: Span,
  others: readonly Span[],
): { fromMs: number; toMs: number | null }[] {
  const parts: { fromMs: number; toMs: number | null }[] = [];
  let open: { fromMs: number; toMs: number | null } | null = null;
  for (const [place, { atMs }] of scores.entries()) {
    const isHere = within(span, place) && !others.some((other) => within(other, place));
    if (isHere && open === null) {
      open = { fromMs: atMs, toMs: null };
      parts.push(open);
    } else if (!isHere && open !== null) {
      open.toMs = atMs;
      open = null;
    }
  }
  return parts;
}

const within = ({ fromPlace, toPlace }: Span, place: number) =>
  place >= fromPlace && (toPlace === null || place < toPlace);

/** Whether it was sure at any moment of that part. */
const partlySure = (span: Span, { toMs }: { toMs: number | null }): Span => ({
  ...span,
  sureFromMs: span.sureFromMs !== null && (toMs === null || span.sureFromMs < toMs) ? span.sureFromMs : null,
});
