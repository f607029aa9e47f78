import type { Figures } from './figures.ts';
import type { Phase } from './phases.ts';
import type { Report } from './report.ts';

/** The report for people: what happened, beside what the database holds. */
export function reportLines(report: Report): string[] {
  return [
    '',
    ...headLines(report),
    '',
    row('', 'clients saw', 'database'),
    ...FIGURES.map(([label, seen, stored]) =>
      row(label, String(report[seen]), report.database ? String(report.database.figures[stored]) : '–'),
    ),
    ...fixLines(report),
    '',
    `time to first offer        p50 ${span(report.timeToFirstOfferMs.p50)}, p99 ${span(report.timeToFirstOfferMs.p99)} replayed ` +
      `(p50 ${report.timeToFirstOfferRealMs.p50 ?? '–'} ms, p99 ${report.timeToFirstOfferRealMs.p99 ?? '–'} ms real)`,
    `time to accept             p50 ${span(report.timeToAcceptMs.p50)}, p90 ${span(report.timeToAcceptMs.p90)} replayed`,
    `distance to the responder  p50 ${report.acceptedDistanceM.p50 ?? '–'} m, p99 ${report.acceptedDistanceM.p99 ?? '–'} m`,
    `expected arrival           p50 ${span(report.expectedArrivalMs.p50)}, p90 ${span(report.expectedArrivalMs.p90)} after their alert, of the first to accept`,
    `alerts                     ${report.alertsPerSos ?? '–'} for an SOS, ${percent(report.acceptance)} accepted; SOS that nobody accepted: ${report.sosUnanswered}`,
    ...Object.entries(report.phasesMs).map(
      ([phase, { reached, p50, p90 }]) =>
        `  raised to ${PHASE_WORDS[phase as Phase].padEnd(14)} p50 ${span(p50)}, p90 ${span(p90)} replayed (${reached} SOS)`,
    ),
    `answers that came too late ${reasons(report.refusedAnswers)}`,
    '',
    `slots with two holders ${report.doubleHolders}, persons with two slots ${report.doubleSlots}, ` +
      `numbers seen twice ${report.duplicates}, missed ${report.gaps}, contradictions ${report.contradictions}`,
    ...Object.entries(report.problems).map(
      ([problem, count]) => `! the SDK reported ${count} times ${problem}`,
    ),
    ...report.complaints.map((complaint) => `! ${complaint}`),
    verdict(report),
  ];
}

const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  firstOffer: 'first offer',
  delivered: 'delivered',
  accepted: 'accepted',
  departed: 'set off',
  arrived: 'on scene',
  closed: 'closed',
};

const FIGURES: readonly (readonly [string, keyof Report, keyof Figures])[] = [
  ['SOS raised', 'sosRaised', 'sos'],
  ['offers', 'offers', 'offers'],
  ['accepts', 'accepts', 'accepts'],
  ['declines', 'declines', 'declines'],
  ['expiries', 'expiries', 'expiries'],
  ['withdrawals', 'withdrawals', 'withdrawals'],
  ['escalations', 'escalations', 'escalations'],
  ['resolved', 'resolved', 'resolved'],
  ['cancelled', 'cancelled', 'cancelled'],
  ['still open', 'stillOpen', 'open'],
  ['chat messages', 'messages', 'messages'],
];

function headLines(report: Report): string[] {
  const { input } = report;
  const lines = [
    `${report.replayedMinutes} replayed minutes in ${span(report.realMs)} at ${report.speed} times the speed, ` +
      `${report.responders} responders, policy ${report.policy}` +
      (report.crashes > 0 ? ', engine killed and restarted' : '') +
      (report.wasInterrupted ? ', interrupted' : ''),
  ];
  if (!input) return lines;
  lines.push(
    `calls   ${input.calls} of ${input.units} units, from ${input.callRows} rows (${input.callRowsOutsideWindow} of other times)`,
    `tracks  ${input.trackRows} rows (${input.trackRowsOutsideWindow} of other times)`,
    `refused ${reasons(input.rowsRefused)}`,
  );
  return lines;
}

function fixLines({ fixesSent, fixesAcknowledged, database }: Report): string[] {
  const stored = database ? String(database.positions) : '–';
  return [
    row('fixes acknowledged', `${fixesAcknowledged}/${fixesSent}`, stored),
    ...(database ? [row('  of them late', '', String(database.latePositions))] : []),
    ...Object.entries(database?.refusedFixes ?? {}).map(([reason, count]) =>
      row(`  refused: ${reason}`, '', String(count)),
    ),
  ];
}

function verdict({ agrees }: Report): string {
  if (agrees === null) return 'The database was not asked (give --database-url to have it compared).';
  return agrees ? 'Clients and database agree.' : 'Clients and database do NOT agree.';
}

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)} %`);

function row(label: string, seen: string, stored: string): string {
  return `${label.padEnd(22)}${seen.padStart(16)}${stored.padStart(12)}`.trimEnd();
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

function span(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}
