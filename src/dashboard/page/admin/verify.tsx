import type { WaitingVerification } from '../../../client/index.ts';
import { durationText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { hashSignal } from '../ui/hash.ts';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { Decide } from './decide.tsx';

const MOST = 200;
/** Each reading is on record. */
const EVERY_MS = 120_000;
const chosen = hashSignal('waiting');

const keyOf = ({ userId, role }: WaitingVerification) => `${role}.${userId}`;

/** Who waits to be verified, the longest first, and the one who is being looked at. */
export function Verify({ session }: { readonly session: Session }) {
  const waiting = useLoad(
    session,
    (token) => session.http.admin.waitingVerifications(token, MOST),
    [],
    EVERY_MS,
  );
  const rows = waiting.value ?? [];
  const current = rows.find((row) => keyOf(row) === chosen.value) ?? null;
  const onDecided = async () => {
    // Who decides goes on with the next.
    const at = rows.findIndex((row) => keyOf(row) === chosen.value);
    const next = rows[at + 1] ?? rows[at - 1];
    chosen.value = next ? keyOf(next) : null;
    await waiting.reload();
  };
  return (
    <section class="verify" aria-labelledby="verify-title">
      <div>
        <h2 id="verify-title">{t('admin.verify_waiting', { n: rows.length })}</h2>
        <LoadState of={waiting} />
        {waiting.value && rows.length === 0 ? <p class="empty">{t('admin.verify_none')}</p> : null}
        <ul class="waiting">
          {rows.map((row) => (
            <li key={keyOf(row)}>
              <button
                type="button"
                aria-current={row === current ? 'true' : undefined}
                onClick={() => {
                  chosen.value = keyOf(row);
                }}
              >
                <b>{row.name ?? t('admin.no_name')}</b>
                <span class="soft small">
                  {t(`admin.role_${row.role}`)} ·{' '}
                  {t('admin.verify_since', { age: durationText(nowMs.value - row.sinceMs) })}
                </span>
                <span>
                  <Badge tone={row.documents > 0 ? 'busy' : 'plain'}>
                    {t('admin.verify_documents', { n: row.documents })}
                  </Badge>{' '}
                  {row.verified ? <Badge tone="good">{t('admin.verify_already')}</Badge> : null}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      {current ? (
        <Decide key={keyOf(current)} session={session} waiting={current} onDecided={onDecided} />
      ) : rows.length > 0 ? (
        <p class="empty">{t('admin.verify_choose')}</p>
      ) : null}
    </section>
  );
}
