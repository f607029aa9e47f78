import '../devices/devices.css';
import { useEffect, useState } from 'preact/hooks';
import { type CameBack, takeFromAddress } from '../../connections.ts';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';

/** Good once, so it is sent once; out of the address before anything else happens. */
let cameBack: CameBack | null = takeFromAddress({ location, history });

export const CallbackPage = () => (
  <SessionGate title={t('connections.callback_title')} purpose={t('connections.callback_sign_in_for')}>
    {(session) => <Callback session={session} />}
  </SessionGate>
);

/** Finishes what began on the page of wearables, in the name of whoever began it. */
function Callback({ session }: { readonly session: Session }) {
  const [said, setSaid] = useState(t('connections.callback_moment'));
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const back = cameBack;
    cameBack = null;
    if (!back) {
      setSaid(t('connections.callback_lost'));
      return;
    }
    session
      .act((token) => session.http.connections.confirm(token, back))
      .then(
        () => setSaid(t('connections.callback_done')),
        (error: unknown) => {
          setSaid(t('connections.callback_nothing'));
          setProblem(problemWords(error));
        },
      );
  }, [session]);
  return (
    <Shell session={session} path="/connections" title={t('connections.callback_title')}>
      <div class="own">
        <section class="panel" aria-labelledby="callback-title">
          <h2 id="callback-title">{t('connections.callback_title')}</h2>
          <p role="status">{said}</p>
          <p class="problem" role="alert">
            {problem}
          </p>
          <p>
            <a href="/connections">{t('connections.callback_back')}</a>
          </p>
        </section>
      </div>
    </Shell>
  );
}
