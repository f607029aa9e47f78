import { batch, effect, type ReadonlySignal, signal } from '@preact/signals';
import type {
  AlertView,
  News2View,
  ScoresView,
  SeriesView,
  ThresholdsView,
  VitalName,
} from '../../../../client/index.ts';
import { tailPoints } from '../../../chart-band.ts';
import type { Span } from '../../../ranges.ts';
import { t } from '../../../strings/index.ts';
import { SIGNS } from '../../../vital-signs.ts';
import { problemWords } from '../../session.ts';
import type { CareStore } from '../store.ts';

export type Series = SeriesView['series'][number];

/** What is known of one patient in a part of the time. */
export interface PatientStore {
  readonly series: ReadonlySignal<ReadonlyMap<VitalName, Series>>;
  readonly thresholds: ReadonlySignal<ThresholdsView | null>;
  readonly scores: ReadonlySignal<ScoresView['scores']>;
  readonly now: ReadonlySignal<News2View | null>;
  readonly alerts: ReadonlySignal<readonly AlertView[]>;
  /** Empty: all is well. */
  readonly problem: ReadonlySignal<string>;
  readonly isLoaded: ReadonlySignal<boolean>;
  stop(): void;
}

const VITALS = SIGNS.map(({ vital }) => vital);
/** Of each vital sign: more than a wide screen has columns for. */
const POINTS = 2_000;
const SCORE_PAGE = 200;
const SCORE_PAGES = 5;
const ALERTS_MOST = 200;
/** Scores and alerts are read again while somebody looks; samples come by themselves. Each reading is on record. */
const AGAIN_MS = 60_000;
/** A line that runs for days does not grow without end. */
const LIVE_POINTS_MOST = 20_000;

/** Reads what there is in this time and, when it ends now, follows what comes. Each reading is on record. */
export function patientStore(store: CareStore, personId: string, span: Span): PatientStore {
  const { http } = store.session;
  const series = signal<ReadonlyMap<VitalName, Series>>(new Map());
  const thresholds = signal<ThresholdsView | null>(null);
  const scores = signal<ScoresView['scores']>([]);
  const now = signal<News2View | null>(null);
  const alerts = signal<readonly AlertView[]>([]);
  const problem = signal('');
  const isLoaded = signal(false);
  let isStopped = false;
  const ask = store.session.act;

  const readSeries = async () => {
    const range = { from: Math.round(span.fromMs), points: POINTS, doubted: true };
    const asked = span.isLive ? range : { ...range, to: Math.round(span.toMs) };
    const read = await ask((token) => http.history.series(token, personId, VITALS, asked));
    series.value = new Map(read.series.map((one) => [one.vital, one]));
  };
  const readScores = async () => {
    const all: ScoresView['scores'] = [];
    let before: number | undefined = span.isLive ? undefined : Math.round(span.toMs);
    for (let page = 0; page < SCORE_PAGES; page++) {
      const asked = before === undefined ? { limit: SCORE_PAGE } : { limit: SCORE_PAGE, before };
      const read = await ask((token) => http.bedside.scores(token, personId, asked));
      all.push(...read.scores);
      before = read.scores.at(-1)?.atMs;
      if (read.scores.length < SCORE_PAGE || before === undefined || before < span.fromMs) break;
    }
    scores.value = all.filter(({ atMs }) => atMs >= span.fromMs);
  };
  const readLimits = async () => {
    thresholds.value = await ask((token) => http.bedside.thresholds(token, personId));
  };
  const readRest = async () => {
    const about = { person: personId, state: 'all', limit: ALERTS_MOST } as const;
    const [score, found] = await Promise.all([
      ask((token) => http.bedside.news2(token, personId)),
      ask((token) => http.alerts.list(token, about)),
      readScores(),
    ]);
    batch(() => {
      now.value = score;
      alerts.value = found.alerts;
    });
  };
  const guarded = async (read: () => Promise<unknown>) => {
    try {
      await read();
      if (!isStopped) problem.value = '';
    } catch (error) {
      if (!isStopped) problem.value = problemWords(error);
    }
  };
  const readAll = () =>
    guarded(async () => {
      await Promise.all([readSeries(), readLimits(), readRest()]);
      isLoaded.value = true;
    });

  const stops: (() => void)[] = [
    // Read with each connection: what came while there was none is not told later.
    effect(() => {
      if (store.live.status.value.state === 'open') void readAll();
    }),
  ];
  if (span.isLive) {
    const again = () => {
      if (!document.hidden) void guarded(readRest);
    };
    const timer = setInterval(again, AGAIN_MS);
    stops.push(() => clearInterval(timer));
    stops.push(
      store.client.followVitals(personId, {
        onState: (state) => {
          series.value = grown(series.value, tailPoints(state));
        },
        onEnd: (reason) => {
          if (reason === 'not_entitled') problem.value = t('care.not_entitled');
        },
      }),
    );
  }
  return {
    series,
    thresholds,
    scores,
    now,
    alerts,
    problem,
    isLoaded,
    stop: () => {
      isStopped = true;
      for (const stop of stops) stop();
    },
  };
}

function grown(
  known: ReadonlyMap<VitalName, Series>,
  tail: ReadonlyMap<string, Series['points']>,
): ReadonlyMap<VitalName, Series> {
  const next = new Map(known);
  for (const [name, points] of tail) {
    const vital = VITALS.find((one) => one === name);
    const series = vital && known.get(vital);
    if (!series) continue;
    const lastMs = series.points.at(-1)?.[0] ?? 0;
    const fresh = points.filter(([atMs]) => atMs > lastMs);
    if (fresh.length > 0)
      next.set(series.vital, {
        ...series,
        samples: series.samples + 1,
        points: [...series.points, ...fresh].slice(-LIVE_POINTS_MOST),
      });
  }
  return next;
}
