import './responder.css';
import { useSignal } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { CallNumber } from '../phone/call-number.tsx';
import { ownDevice } from '../phone/device.ts';
import { OneTab, PhonePage } from '../phone/layout.tsx';
import { letMeSleep } from '../phone/wake.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { useClient } from '../ui/use-client.ts';
import { Home } from './home.tsx';
import { MissionView } from './mission.tsx';
import { NewsPanel } from './news.tsx';
import { OfferAlarm } from './offer.tsx';
import { ResponderSignUp } from './sign-up.tsx';
import { type ResponderStore, responderStore } from './store.ts';

export function ResponderPage() {
  const signsUp = useSignal(false);
  if (signsUp.value) return <ResponderSignUp onDone={() => (signsUp.value = false)} />;
  return (
    <SessionGate
      title={t('responder.title')}
      purpose={t('responder.sign_in_for')}
      below={
        <>
          <button type="button" class="button" onClick={() => (signsUp.value = true)}>
            {t('responder.want_to_help')}
          </button>
          <CallNumber />
        </>
      }
    >
      {(session) => (
        <OneTab page="responder">{() => <Responder key={session.userId} session={session} />}</OneTab>
      )}
    </SessionGate>
  );
}

function Responder({ session }: { readonly session: Session }) {
  const [store, setStore] = useState<ResponderStore | null>(null);
  const opening = useRef<ResponderStore | null>(null);
  const live = useClient(
    session,
    (opened) => {
      const followed = responderStore(session, opened);
      opening.current = followed.store;
      setStore(followed.store);
      return followed.stop;
    },
    {
      device: ownDevice(session.userId),
      // Somebody nearby needs help and the server asks where this phone is.
      onLocate: () => opening.current?.position.ask(),
    },
  );
  return (
    <PhonePage
      session={session}
      title={t('responder.title')}
      live={live}
      beforeSignOut={() => letMeSleep(session).catch(() => {})}
    >
      {store ? <Everything store={store} /> : <p class="soft">{t('responder.loading')}</p>}
    </PhonePage>
  );
}

function Everything({ store }: { readonly store: ResponderStore }) {
  const incident = store.incident.value;
  return (
    <>
      <OfferAlarm store={store} />
      <NewsPanel store={store} />
      {incident ? (
        <MissionView key={incident.sosId} store={store} incident={incident} />
      ) : (
        <Home store={store} />
      )}
    </>
  );
}
