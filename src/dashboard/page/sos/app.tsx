import './sos.css';
import { useSignal } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { CallNumber } from '../phone/call-number.tsx';
import { ownDevice } from '../phone/device.ts';
import { OneTab, PhonePage } from '../phone/layout.tsx';
import { SignUp } from '../phone/sign-up.tsx';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { useClient } from '../ui/use-client.ts';
import { ActiveView } from './active.tsx';
import { CallingView } from './calling.tsx';
import { Idle } from './idle.tsx';
import { type SosStore, sosStore } from './store.ts';

export function SosPage() {
  const signsUp = useSignal(false);
  if (signsUp.value)
    return (
      <SignUp
        title={t('sos.sign_up_title')}
        purpose={t('sos.sign_up_for')}
        onDone={() => (signsUp.value = false)}
      />
    );
  return (
    <SessionGate
      title={t('sos.title')}
      purpose={t('sos.sign_in_for')}
      below={
        <>
          <button type="button" class="button" onClick={() => (signsUp.value = true)}>
            {t('sos.no_account')}
          </button>
          <CallNumber />
        </>
      }
    >
      {(session) => <OneTab page="sos">{() => <Requester key={session.userId} session={session} />}</OneTab>}
    </SessionGate>
  );
}

function Requester({ session }: { readonly session: Session }) {
  const [store, setStore] = useState<SosStore | null>(null);
  const opening = useRef<SosStore | null>(null);
  const live = useClient(
    session,
    (opened) => {
      const followed = sosStore(session, opened);
      opening.current = followed.store;
      setStore(followed.store);
      return followed.stop;
    },
    { device: ownDevice(session.userId), onLocate: () => opening.current?.position.ask() },
  );
  return (
    <PhonePage session={session} title={t('sos.title')} live={live} action={<CallNumber />}>
      {store ? <Where store={store} /> : <p class="soft">{t('sos.loading')}</p>}
    </PhonePage>
  );
}

/** One thing at a time: a call that is on its way out, an SOS that is open, or the button. */
function Where({ store }: { readonly store: SosStore }) {
  const { call, incident } = store;
  if (call.value) return <CallingView store={store} call={call.value} />;
  if (incident.value)
    return <ActiveView key={incident.value.sosId} store={store} incident={incident.value} />;
  return <Idle store={store} />;
}
