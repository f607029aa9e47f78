import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LatestVitals, News2View } from '../../../client/index.ts';
import { t, tFor } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Age } from '../ui/times.tsx';
import type { Desk } from './desk.ts';

type Shown = Readonly<Record<string, { readonly value: number | string | boolean; readonly atMs: number }>>;
type Score = Extract<News2View['result'], { applies: true }>['score'];

const SCORE_EVERY_MS = 5_000;
const STALE_AFTER_MS = 60_000;
const RISK_TONE = { low: 'good', low_medium: 'medium', medium: 'high', high: 'critical' } as const;

/** The newest of each vital sign with its age, and the score that they come to. */
export function VitalsNow({ desk, personId }: { readonly desk: Desk; readonly personId: string }) {
  const values = useSignal<Shown>({});
  const score = useSignal<News2View['result'] | null>(null);
  const problem = useSignal('');
  useEffect(() => {
    const { act, http } = desk.store.session;
    const read = async () => {
      try {
        const [latest, news2] = await act((token) =>
          Promise.all([http.bedside.latest(token, personId), http.bedside.news2(token, personId)]),
        );
        values.value = newer(values.value, latest.values);
        score.value = news2.result;
        problem.value = '';
      } catch (error) {
        problem.value = problemWords(error);
      }
    };
    void read();
    const timer = setInterval(read, SCORE_EVERY_MS);
    const stop = desk.store.client.followVitals(personId, {
      onState: (state) => {
        const told = state.values.map(({ vital, last, atMs }) => [vital, { value: last, atMs }] as const);
        values.value = newer(values.value, Object.fromEntries(told));
      },
      onEnd: () => {
        problem.value = t('incident.vitals_follow_ended');
      },
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [personId]);
  const names = Object.keys(values.value);
  return (
    <div class="vitals">
      {score.value ? <News2 result={score.value} /> : null}
      <p class="problem" role="alert">
        {problem.value}
      </p>
      {names.length === 0 && problem.value === '' ? <p class="empty">{t('incident.vitals_none')}</p> : null}
      <dl>
        {names.map((name) => {
          const { value, atMs } = values.value[name] ?? { value: '', atMs: 0 };
          return (
            <div key={name}>
              <dt>{tFor('incident', `vital_${name}`) ?? name}</dt>
              <dd>
                <b>{String(value)}</b> <span class="soft">{tFor('incident', `unit_${name}`)}</span>
              </dd>
              <dd class="small">
                <Age sinceMs={atMs} staleAfterMs={STALE_AFTER_MS} ago />
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}

/** Of two values of one vital sign the one that was measured later. */
function newer(known: Shown, told: Shown | LatestVitals['values']): Shown {
  const next = { ...known };
  for (const [name, one] of Object.entries(told))
    if (one.atMs >= (next[name]?.atMs ?? 0)) next[name] = { value: one.value, atMs: one.atMs };
  return next;
}

function News2({ result }: { readonly result: News2View['result'] }) {
  if (!result.applies) return <p class="soft">{t('incident.news2_none')}</p>;
  const { score } = result;
  return (
    <div class="news2">
      <p class="flow">
        <strong>{t('incident.news2')}</strong>
        <b class="total">{totalWords(score)}</b>
        <Badge tone={RISK_TONE[score.risk]} strong={score.risk === 'high'}>
          {t(`incident.news2_${score.risk}`)}
        </Badge>
      </p>
      <Lacking words="incident.news2_missing" parameters={score.missing} />
      <Lacking words="incident.news2_stale" parameters={score.stale} />
    </div>
  );
}

const totalWords = ({ total, atLeast }: Score): string =>
  total === null ? t('incident.news2_at_least', { n: atLeast }) : String(total);

interface LackingProps {
  readonly words: 'incident.news2_missing' | 'incident.news2_stale';
  readonly parameters: Score['missing'];
}

function Lacking({ words, parameters }: LackingProps) {
  if (parameters.length === 0) return null;
  const what = parameters.map((one) => t(`incident.parameter_${one}`)).join(', ');
  return <p class="soft small">{t(words, { what })}</p>;
}
