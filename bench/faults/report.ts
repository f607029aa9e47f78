import type { Row } from './run-scenario.ts';

/** What `--json` prints of one scenario; `first` only where something was broken. */
export function rowOf(row: Row) {
  const { scenario, faults, acknowledged, stored, lost, doubleHolders, gaps, stuckSos } = row;
  const { recoveryMs, firstOfferMs, passed, deadOffers, tookMs, findings } = row;
  const [first] = findings;
  return {
    scenario,
    faults,
    acknowledged,
    stored,
    lost,
    doubleHolders,
    gaps,
    stuckSos,
    recoveryMs,
    firstOfferMs,
    passed,
    deadOffers,
    tookMs,
    ...(first ? { first: first.sentence, broken: findings.length } : {}),
  };
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['scenario', ({ scenario }) => scenario],
  ['acknowledged', ({ acknowledged }) => `${acknowledged}`],
  ['lost', ({ lost }) => `${lost}`],
  ['double', ({ doubleHolders }) => `${doubleHolders}`],
  ['gaps', ({ gaps }) => `${gaps}`],
  ['stuck', ({ stuckSos }) => `${stuckSos}`],
  ['dead', ({ deadOffers }) => `${deadOffers}`],
  ['offer p50', ({ firstOfferMs: { p50 } }) => (p50 === null ? '–' : `${p50} ms`)],
  ['offer p99', ({ firstOfferMs: { p99 } }) => (p99 === null ? '–' : `${p99} ms`)],
  ['recovery', ({ recoveryMs }) => `${recoveryMs} ms`],
  ['', ({ passed }) => (passed ? 'held' : 'BROKEN')],
];

export function tableOf(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, of]) => of(row)))];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const lines = cells.map((line) =>
    line.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  '),
  );
  const broken = rows.flatMap(({ scenario, findings: [first, ...others] }) =>
    first ? [`${scenario}: ${first.sentence}${others.length > 0 ? ` (and ${others.length} more)` : ''}`] : [],
  );
  const minutes = rows.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  const held = rows.filter(({ passed }) => passed).length;
  return `${[...lines, '', ...broken, `${held} of ${rows.length} held, in ${minutes.toFixed(1)} minutes`].join('\n')}\n`;
}
