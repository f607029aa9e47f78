import type { News } from '../../inbox.ts';
import { t, tFor } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import { Age } from '../ui/times.tsx';
import type { ResponderStore } from './store.ts';

/** What happened: while nobody looked, to an offer, to an SOS that was held; and what everybody in the area was told. */
export function NewsPanel({ store }: { readonly store: ResponderStore }) {
  const { news, broadcasts, reserves } = store.inbox.value;
  const current = broadcasts.filter(({ untilMs }) => untilMs > nowMs.value);
  const isAway = news.some((one) => one.isAway);
  return (
    <>
      {current.map(({ broadcastId, severity, text }) => (
        <section
          key={broadcastId}
          class="notice"
          data-tone={severity === 'MINOR' ? 'plain' : 'problem'}
          role="alert"
        >
          <p>
            <strong>{t('responder.broadcast')}: </strong>
            {text}
          </p>
        </section>
      ))}
      {reserves.length > 0 ? (
        <p class="notice" role="status">
          {t('responder.reserves', { n: reserves.length })}
        </p>
      ) : null}
      {news.length > 0 ? (
        <section class="panel" aria-labelledby="news-title" role="status">
          <h2 id="news-title">{t(isAway ? 'responder.news' : 'responder.news_now')}</h2>
          <ul class="plain-list">
            {[...news].reverse().map((one) => (
              <li key={one.seq}>
                <span>{newsWords(one)}</span>
                <span class="soft small">
                  <Age sinceMs={one.atMs} ago />
                </span>
              </li>
            ))}
          </ul>
          <Button onPress={store.newsRead}>{t('responder.news_read')}</Button>
        </section>
      ) : null}
    </>
  );
}

function newsWords({ what }: News): string {
  const name = 'reason' in what ? `news_${what.kind}_${what.reason}` : `news_${what.kind}`;
  return tFor('responder', name) ?? name;
}
