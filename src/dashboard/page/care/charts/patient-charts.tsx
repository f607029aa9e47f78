import { useEffect, useState } from 'preact/hooks';
import { type Span, spanOf, spanText } from '../../../ranges.ts';
import { t } from '../../../strings/index.ts';
import { SIGNS } from '../../../vital-signs.ts';
import { Button } from '../../ui/button.tsx';
import { saveText } from '../../ui/download.ts';
import { toast } from '../../ui/toast.tsx';
import { type CareStore, slowNowMs } from '../store.ts';
import { type PatientStore, patientStore } from './patient-store.ts';
import { RangePicker } from './range-picker.tsx';
import { ScoreHistory } from './score-history.tsx';
import { ScoreNow } from './score-now.tsx';
import { VitalChart } from './vital-chart.tsx';

interface PatientProps {
  readonly store: CareStore;
  readonly personId: string;
}

/** Everything that was measured of one patient, in a part of the time, each vital sign in its own chart. */
export function PatientCharts({ store, personId }: PatientProps) {
  const range = store.range.value;
  store.names.changed.value;
  const [patient, setPatient] = useState<PatientStore | null>(null);
  const [isTable, setTable] = useState(false);
  useEffect(() => {
    const made = patientStore(store, personId, spanOf(range, Date.now()));
    setPatient(made);
    return made.stop;
  }, [store, personId, range]);
  // A live span goes on with the clock.
  const span = spanOf(range, slowNowMs.value);
  const name = store.names.of(personId);
  const zoom = (fromMs: number, toMs: number) => {
    store.range.value = spanText(fromMs, toMs);
  };
  return (
    <article class="patient" aria-labelledby="patient-title">
      <header>
        <Button
          look="quiet"
          onPress={() => {
            store.patient.value = null;
          }}
        >
          ← {t('care.chart_back')}
        </Button>
        <h2 id="patient-title">{name}</h2>
        <RangePicker range={store.range} span={span} />
        <Button pressed={isTable} onPress={() => setTable(!isTable)}>
          {t('care.as_table')}
        </Button>
        <Button onPress={() => download(store, personId, span)}>{t('care.export_csv')}</Button>
      </header>
      {patient?.problem.value ? (
        <p class="problem" role="alert">
          {patient.problem.value}
        </p>
      ) : null}
      {patient ? <Charts {...{ patient, span, isTable, zoom, name }} /> : null}
    </article>
  );
}

interface ChartsProps {
  readonly patient: PatientStore;
  readonly span: Span;
  readonly isTable: boolean;
  readonly name: string;
  readonly zoom: (fromMs: number, toMs: number) => void;
}

function Charts({ patient, span, isTable, zoom }: ChartsProps) {
  const all = patient.series.value;
  const withData = SIGNS.flatMap(({ vital }) => {
    const series = all.get(vital);
    return series && series.points.length > 0 ? [series] : [];
  });
  const shared = { patient, span, isTable, zoom };
  return (
    <>
      <ScoreNow view={patient.now.value} />
      {patient.isLoaded.value && withData.length === 0 ? <p class="empty">{t('care.chart_empty')}</p> : null}
      <p class="soft small">{t('care.chart_help')}</p>
      <div class="charts">
        {withData.map((series) => (
          <VitalChart key={series.vital} series={series} {...shared} />
        ))}
        <ScoreHistory {...shared} />
      </div>
    </>
  );
}

async function download(store: CareStore, personId: string, { fromMs, toMs }: Span): Promise<void> {
  const range = { from: Math.round(fromMs), to: Math.round(toMs) };
  const csv = await store.session.act((token) =>
    store.session.http.history.vitalsCsv(token, personId, range),
  );
  saveText(csv, { name: `vitals-${new Date(fromMs).toISOString().slice(0, 10)}.csv`, type: 'text/csv' });
  toast(t('care.export_done'));
}
