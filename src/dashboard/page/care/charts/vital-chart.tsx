import { useMemo } from 'preact/hooks';
import type { ThresholdsView } from '../../../../client/index.ts';
import { bandOf, chartRows, valueRange } from '../../../chart-band.ts';
import type { Span } from '../../../ranges.ts';
import { momentText } from '../../../strings/format.ts';
import { t, tFor } from '../../../strings/index.ts';
import { signOf, toneOfSeverity } from '../../../vital-signs.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Age } from '../../ui/times.tsx';
import { Chart } from './chart.tsx';
import type { Limit } from './paint.ts';
import type { PatientStore, Series } from './patient-store.ts';

export interface SharedProps {
  readonly patient: PatientStore;
  readonly span: Span;
  readonly isTable: boolean;
  readonly zoom: (fromMs: number, toMs: number) => void;
}

const COLUMNS = 600;
const TABLE_ROWS = 24;

/** One vital sign: chart or table, the newest value, the limits, and what is not believed. */
export function VitalChart({
  series,
  patient,
  span,
  isTable,
  zoom,
}: SharedProps & { readonly series: Series }) {
  const { vital, points, grain } = series;
  const { digits, unit } = signOf(vital);
  const { fromMs, toMs } = span;
  const thresholds = patient.thresholds.value;
  const limits = useMemo(() => limitsOf(thresholds, vital), [thresholds, vital]);
  const band = useMemo(() => bandOf(points, { fromMs, toMs, columns: COLUMNS }), [points, fromMs, toMs]);
  const range = useMemo(() => rangeWith(band, limits), [band, limits]);
  const alerts = patient.alerts.value;
  const marks = useMemo(
    () => alerts.map(({ openedAtMs: atMs, severity }) => ({ atMs, tone: toneOfSeverity(severity) })),
    [alerts],
  );
  const newest = points.findLast(([, , doubt]) => doubt === undefined);
  const name = tFor('care', `long_${vital}`) ?? vital;
  const doubted = points.filter(([, , doubt]) => doubt !== undefined).length;
  const label = t('care.chart_label', {
    what: name,
    unit,
    n: series.samples,
    from: momentText(fromMs),
    to: momentText(toMs),
  });
  return (
    <section class="vital" data-vital={vital} aria-label={name}>
      <header>
        <h3>
          {name} <span class="soft small">{unit}</span>
        </h3>
        {newest ? (
          <p>
            <b class="newest">{newest[1].toFixed(digits)}</b>{' '}
            <Age sinceMs={newest[0]} staleAfterMs={signOf(vital).staleAfterMs} ago />
          </p>
        ) : null}
        <p class="soft small">
          {t(`care.chart_grain_${grain}`)}
          {span.isLive ? ` · ${t('care.live')}` : ''}
        </p>
        {doubted > 0 ? <p class="doubted small">{t('care.chart_doubted', { n: doubted })}</p> : null}
      </header>
      {isTable ? (
        <VitalTable name={name} series={series} span={span} digits={digits} />
      ) : (
        <Chart {...{ label, band, fromMs, toMs, range, limits, marks, onZoom: zoom }} />
      )}
    </section>
  );
}

type Row = ReturnType<typeof chartRows>[number];

function VitalTable({
  name,
  series,
  span,
  digits,
}: {
  readonly name: string;
  readonly series: Series;
  readonly span: Span;
  readonly digits: number;
}) {
  const columns: readonly Column<Row>[] = [
    { label: t('care.table_time'), cell: ({ fromMs }) => momentText(fromMs) },
    { label: t('care.table_low'), cell: ({ low }) => low.toFixed(digits), right: true },
    { label: t('care.table_high'), cell: ({ high }) => high.toFixed(digits), right: true },
    { label: t('care.table_last'), cell: ({ last }) => last.toFixed(digits), right: true },
  ];
  const rows = chartRows(series.points, span, TABLE_ROWS).toReversed();
  return (
    <Table
      label={name}
      columns={columns}
      rows={rows}
      keyOf={({ fromMs }) => fromMs}
      empty={t('care.chart_empty')}
    />
  );
}

function limitsOf(view: ThresholdsView | null, vital: string): Limit[] {
  const inForce: Readonly<
    Record<string, ThresholdsView['inForce'][keyof ThresholdsView['inForce']] | undefined>
  > = view?.inForce ?? {};
  const four = inForce[vital];
  if (!four) return [];
  const all: readonly (readonly [number | null, Limit['side'], boolean])[] = [
    [four.lowCritical, 'low', true],
    [four.lowWarning, 'low', false],
    [four.highWarning, 'high', false],
    [four.highCritical, 'high', true],
  ];
  return all.flatMap(([value, side, isCritical]) => (value === null ? [] : [{ value, side, isCritical }]));
}

/** Limits far from everything that was measured would flatten the line: only the nearest of each side is kept in sight. */
function rangeWith(band: ReturnType<typeof bandOf>, limits: readonly Limit[]): [number, number] {
  const near = limits.filter(({ isCritical }) => !isCritical).map(({ value }) => value);
  return valueRange(band, near);
}
