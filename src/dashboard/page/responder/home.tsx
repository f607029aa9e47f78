import { momentText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { DutyPanel } from './duty.tsx';
import { LimitsPanel } from './limits.tsx';
import { ShiftsPanel } from './shifts.tsx';
import type { ResponderStore } from './store.ts';
import { VerificationPanel } from './verification.tsx';
import { WakingPanel } from './waking.tsx';

/** What there is to do and to set while nobody needs this person. */
export function Home({ store }: { readonly store: ResponderStore }) {
  const papers = store.papers.value;
  if (!papers) return <p class="soft">{t('responder.loading')}</p>;
  return (
    <>
      {papers.profile.volunteer ? <DutyPanel store={store} papers={papers} /> : null}
      <VerificationPanel store={store} papers={papers} />
      {papers.duty ? (
        <ShiftsPanel key={JSON.stringify(papers.duty)} store={store} duty={papers.duty} />
      ) : null}
      {papers.profile.volunteer ? <WakingPanel session={store.session} /> : null}
      <LimitsPanel />
      <details class="panel">
        <summary>{t('responder.history')}</summary>
        <div class="inside">
          {papers.held.length === 0 ? <p class="soft">{t('responder.history_none')}</p> : null}
          <ul class="plain-list">
            {papers.held.map((sos) => (
              <li key={sos.sosId + sos.heldAtMs}>
                <span>
                  {t('responder.history_line', {
                    kind: tFor('phone', `type_${sos.emergencyType.toLowerCase()}`) ?? sos.emergencyType,
                    role: t(sos.role === 'PRIMARY' ? 'responder.role_primary' : 'responder.role_support'),
                  })}{' '}
                  {sos.isDrill ? <Badge tone="busy">{t('phone.drill')}</Badge> : null}
                </span>
                <span class="soft small">{momentText(sos.heldAtMs)}</span>
              </li>
            ))}
          </ul>
        </div>
      </details>
    </>
  );
}
