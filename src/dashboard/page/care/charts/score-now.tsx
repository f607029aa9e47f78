import type { News2View } from '../../../../client/index.ts';
import { scoreLook } from '../../../news2.ts';
import { durationText } from '../../../strings/format.ts';
import { t, tFor } from '../../../strings/index.ts';
import { Badge } from '../../ui/badge.tsx';
import { slowNowMs } from '../store.ts';

/** Numbers as they are; the letter of a consciousness; oxygen as a yes or no. */
const chartedWords = (charted: number | boolean | string) =>
  typeof charted === 'boolean' ? t(charted ? 'care.oxygen_yes' : 'care.oxygen_no') : String(charted);

const wordOf = (part: string) => tFor('care', `part_${part}`) ?? part;

/** The score at this moment: each of its parts with value, points and age, and what it lacks. */
export function ScoreNow({ view }: { readonly view: News2View | null }) {
  if (!view) return null;
  const { result } = view;
  if (!result.applies) return <p class="soft">{t(`care.score_not_applied_${result.because}`)}</p>;
  const { score } = result;
  const look = scoreLook(score, slowNowMs.value);
  return (
    <section class="score-now" aria-label={t('care.score_now')}>
      <p class="score" data-tone={look.tone} data-stale={String(look.isStale)}>
        <span class="what">{t('care.news2')}</span> <b>{look.text}</b> <span class="words">{look.words}</span>
      </p>
      <ul>
        {Object.entries(score.parts).map(([part, { charted, score: points }]) => {
          const ageMs = score.agesMs[part as keyof typeof score.agesMs];
          return (
            <li key={part} data-points={points}>
              <span>{wordOf(part)}</span> <b>{chartedWords(charted)}</b> <span>+{points}</span>{' '}
              {ageMs === undefined ? null : <span class="soft small">{durationText(ageMs)}</span>}
            </li>
          );
        })}
      </ul>
      {score.missing.length > 0 ? (
        <p>
          <Badge tone="medium">
            {t('care.score_missing', { what: score.missing.map(wordOf).join(', ') })}
          </Badge>
        </p>
      ) : null}
      {score.stale.length > 0 ? (
        <p>
          <Badge tone="high">{t('care.score_stale', { what: score.stale.map(wordOf).join(', ') })}</Badge>
        </p>
      ) : null}
      {score.isAgeUnknown ? <p class="soft small">{t('care.score_age_unknown')}</p> : null}
    </section>
  );
}
