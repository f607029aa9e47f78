import type { DatabaseCheck } from './database-check.ts';
import { type Figures, figuresSeen } from './figures.ts';
import type { Ledger } from './ledger.ts';
import { percentile } from './percentile.ts';
import { type Phase, type PhaseTimes, phaseTimes } from './phases.ts';
import type { Played } from './play.ts';
import type { InputReport } from './scenario.ts';

/** Everything a report is made of. */
export interface ReportInput {
  readonly ledger: Ledger;
  readonly played: Played;
  readonly speed: number;
  /** By what `--policy` named it. */
  readonly policyName: string;
  /** Null for a made-up city. */
  readonly input: InputReport | null;
  /** Null when the database was not asked. */
  readonly check: DatabaseCheck | null;
  readonly responders: number;
  readonly wasInterrupted: boolean;
  /** Why the run could not go on, or the database could not be read. */
  readonly failures: readonly string[];
}

/** Null when nothing was measured. */
type Percentiles<Names extends string = 'p50' | 'p99'> = Readonly<Record<Names, number | null>>;

/** The last line of output with `--json`. Times are replayed milliseconds unless their name says real. */
export interface Report {
  readonly sosRaised: number;
  readonly offers: number;
  readonly accepts: number;
  readonly escalations: number;
  readonly rowsRefused: Readonly<Record<string, number>>;
  readonly timeToFirstOfferMs: Percentiles;
  readonly acceptedDistanceM: Percentiles;
  /** Slots with two holders, by the clients' events or by the database's. Must be 0. */
  readonly doubleHolders: number;
  /** Null when the database was not asked. */
  readonly database: DatabaseReport | null;
  /** Whether the database holds what the clients saw and were promised; null when it was not asked. */
  readonly agrees: boolean | null;
  readonly declines: number;
  readonly expiries: number;
  readonly withdrawals: number;
  readonly resolved: number;
  readonly cancelled: number;
  readonly stillOpen: number;
  readonly messages: number;
  readonly timeToAcceptMs: Percentiles<'p50' | 'p90'>;
  readonly policy: string;
  /** People alerted, of one SOS. */
  readonly alertsPerSos: number | null;
  /** SOS that nobody ever said yes to. */
  readonly sosUnanswered: number;
  /** The share of alerts that were accepted, people kept in reserve counted in. */
  readonly acceptance: number | null;
  readonly reserves: number;
  /** How soon after their alert the first to accept was expected there, by the arithmetic of the engine. */
  readonly expectedArrivalMs: Percentiles<'p50' | 'p90'>;
  /** From raised to each step, by the server's clock. */
  readonly phasesMs: Readonly<Record<Phase, PhaseTimes>>;
  readonly timeToFirstOfferRealMs: Percentiles;
  /** Persons who held two slots at a time. Must be 0. */
  readonly doubleSlots: number;
  /** Numbers that came twice, or did not come, in any stream. Must be 0. */
  readonly duplicates: number;
  readonly gaps: number;
  /** Events of which two clients were told different things. Must be 0. */
  readonly contradictions: number;
  readonly refusedAnswers: Readonly<Record<string, number>>;
  readonly unknownOutcomes: number;
  readonly fixesSent: number;
  readonly fixesAcknowledged: number;
  readonly problems: Readonly<Record<string, number>>;
  readonly input: InputReport | null;
  readonly responders: number;
  readonly speed: number;
  readonly replayedMinutes: number;
  readonly realMs: number;
  readonly longestPauseMs: number;
  readonly crashes: number;
  readonly callsLeft: number;
  readonly wasInterrupted: boolean;
  /** What is wrong, one sentence each; empty when all is well. */
  readonly complaints: readonly string[];
}

interface DatabaseReport {
  readonly sos: number;
  readonly offers: number;
  readonly accepts: number;
  readonly positions: number;
  readonly latePositions: number;
  readonly refusedFixes: Readonly<Record<string, number>>;
  readonly figures: Figures;
}

/** Judges a run. */
export function makeReport(from: ReportInput): Report {
  const { ledger, played, speed, check } = from;
  const figures = seenFigures(ledger, played);
  const { sos, fixes, open, ...counts } = figures;
  const times = ledger.times();
  const firstOfferMs = times.flatMap(({ raisedAtMs, firstOfferAtMs }) =>
    firstOfferAtMs === null ? [] : [Math.max(0, firstOfferAtMs - raisedAtMs)],
  );
  const acceptMs = times.flatMap(({ raisedAtMs, acceptedAtMs }) =>
    acceptedAtMs === null ? [] : [Math.max(0, acceptedAtMs - raisedAtMs)],
  );
  const expectedMs = times.flatMap(({ expectedArrivalMs }) => expectedArrivalMs ?? []);
  const reserves = ledger.sosEvents('sos.reserve_joined').length;
  const distances = times.flatMap(({ distanceM }) => (distanceM === null ? [] : [distanceM]));
  return {
    sosRaised: sos,
    offers: counts.offers,
    accepts: counts.accepts,
    escalations: counts.escalations,
    rowsRefused: from.input?.rowsRefused ?? {},
    timeToFirstOfferMs: p50p99(firstOfferMs, speed),
    acceptedDistanceM: p50p99(distances, 1),
    doubleHolders: Math.max(ledger.doubleHolders(), check?.doubleHolders ?? 0),
    database: check && databaseReport(check),
    agrees: from.failures.length > 0 ? false : check && check.complaints.length === 0,
    declines: counts.declines,
    expiries: counts.expiries,
    withdrawals: counts.withdrawals,
    resolved: counts.resolved,
    cancelled: counts.cancelled,
    stillOpen: open,
    messages: counts.messages,
    timeToAcceptMs: { p50: share(acceptMs, 0.5, speed), p90: share(acceptMs, 0.9, speed) },
    policy: from.policyName,
    alertsPerSos: sos === 0 ? null : hundredths(counts.offers / sos),
    sosUnanswered: times.filter(({ acceptedAtMs }) => acceptedAtMs === null).length,
    acceptance: counts.offers === 0 ? null : hundredths((counts.accepts + reserves) / counts.offers),
    reserves,
    expectedArrivalMs: { p50: share(expectedMs, 0.5, 1), p90: share(expectedMs, 0.9, 1) },
    phasesMs: phaseTimes(ledger, speed),
    timeToFirstOfferRealMs: p50p99(firstOfferMs, 1),
    doubleSlots: ledger.doubleSlots(),
    ...ledger.faults,
    refusedAnswers: ledger.refusedAnswers,
    unknownOutcomes: ledger.unknownOutcomes,
    fixesSent: played.fixes.reduce((sum, { sent }) => sum + sent, 0),
    fixesAcknowledged: fixes,
    problems: played.problems,
    input: from.input,
    responders: from.responders,
    speed,
    replayedMinutes: Math.round(played.replayedMs / 60_000),
    realMs: Math.round(played.realMs),
    longestPauseMs: Math.round(played.longestPauseMs),
    crashes: played.crashes,
    callsLeft: played.callsLeft,
    wasInterrupted: from.wasInterrupted,
    complaints: [...from.failures, ...(check?.complaints ?? [])],
  };
}

/** What the clients saw, with the fixes they were told are safe. */
export function seenFigures(ledger: Ledger, played: Pick<Played, 'fixes'>): Figures {
  return figuresSeen(
    ledger,
    played.fixes.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
  );
}

/** 0 when everything that must hold held, otherwise 1. */
export function exitCodeOf(report: Report): number {
  const faults =
    report.doubleHolders + report.doubleSlots + report.duplicates + report.gaps + report.contradictions;
  return faults > 0 || report.agrees === false ? 1 : 0;
}

function databaseReport({ figures, positions, latePositions, refusedFixes }: DatabaseCheck): DatabaseReport {
  const { sos, offers, accepts } = figures;
  return { sos, offers, accepts, positions, latePositions, refusedFixes, figures };
}

const hundredths = (value: number) => Math.round(value * 100) / 100;

function p50p99(values: readonly number[], factor: number): Percentiles {
  return { p50: share(values, 0.5, factor), p99: share(values, 0.99, factor) };
}

function share(values: readonly number[], of: number, factor: number): number | null {
  const value = percentile(values, of);
  return value === null ? null : Math.round(value * factor);
}
