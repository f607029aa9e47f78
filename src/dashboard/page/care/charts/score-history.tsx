import { useMemo } from 'preact/hooks';
import type { ScoresView } from '../../../../client/index.ts';
import type { Band } from '../../../chart-band.ts';
import { scoreLook } from '../../../news2.ts';
import { momentText } from '../../../strings/format.ts';
import { t } from '../../../strings/index.ts';
import { toneOfSeverity } from '../../../vital-signs.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Chart } from './chart.tsx';
import type { Limit } from './paint.ts';
import type { SharedProps } from './vital-chart.tsx';

type Score = ScoresView['scores'][number];

/** 5 and 7 are where NEWS2 asks for an urgent answer and for an emergency one. */
const LIMITS: readonly Limit[] = [
  { value: 5, side: 'high', isCritical: false },
  { value: 7, side: 'high', isCritical: true },
];
const HIGHEST = 12;

const COLUMNS: readonly Column<Score>[] = [
  { label: t('care.score_when'), cell: ({ atMs }) => momentText(atMs) },
  {
    label: t('care.score_total'),
    cell: (score) => {
      const { tone, text, words } = scoreLook(score, score.atMs);
      return (
        <Badge tone={tone}>
          {text} {words}
        </Badge>
      );
    },
  },
];

/** NEWS2 over time, with what is certain where a score is incomplete. */
export function ScoreHistory({ patient, span: { fromMs, toMs }, isTable, zoom }: SharedProps) {
  const scores = patient.scores.value;
  const band = useMemo(() => bandOfScores(scores, toMs), [scores, toMs]);
  const alerts = patient.alerts.value;
  const marks = useMemo(
    () => alerts.map(({ openedAtMs: atMs, severity }) => ({ atMs, tone: toneOfSeverity(severity) })),
    [alerts],
  );
  const most = Math.max(HIGHEST, ...scores.map(({ total, atLeast }) => total ?? atLeast)) + 1;
  const label = t('care.chart_label', {
    what: t('care.news2'),
    unit: t('care.score_total'),
    n: scores.length,
    from: momentText(fromMs),
    to: momentText(toMs),
  });
  return (
    <section class="vital" data-vital="news2" aria-label={t('care.scores')}>
      <header>
        <h3>{t('care.scores')}</h3>
      </header>
      {isTable || scores.length === 0 ? (
        <Table
          label={t('care.scores')}
          columns={COLUMNS}
          rows={scores}
          keyOf={({ atMs }) => atMs}
          empty={t('care.scores_none')}
        />
      ) : (
        <Chart
          {...{ label, band, fromMs, toMs, marks, stepped: true, onZoom: zoom }}
          range={[0, most]}
          limits={LIMITS}
        />
      )}
    </section>
  );
}

/** A score holds until the next one; the last until now. */
function bandOfScores(scores: readonly Score[], toMs: number): Band {
  const rising = scores.toReversed();
  const value = ({ total, atLeast }: Score) => total ?? atLeast;
  const last = rising.at(-1);
  const x = [...rising.map(({ atMs }) => atMs / 1_000), ...(last ? [toMs / 1_000] : [])];
  const line = [...rising.map(value), ...(last ? [value(last)] : [])];
  const none = line.map(() => null);
  return { x, low: none, high: none, last: line, doubted: none };
}
