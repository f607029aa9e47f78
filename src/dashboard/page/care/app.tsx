import './care.css';
import { useEffect, useState } from 'preact/hooks';
import { durationText, timeText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { ConnectionStrip } from '../ui/connection-strip.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';
import { useClient } from '../ui/use-client.ts';
import { PatientCharts } from './charts/patient-charts.tsx';
import { AlertQueue } from './queue.tsx';
import { type CareStore, careStore } from './store.ts';
import { Wall } from './wall.tsx';

export const CarePage = () => (
  <SessionGate title={t('care.title')} purpose={t('care.sign_in_for')}>
    {(session) => <Care session={session} />}
  </SessionGate>
);

function Care({ session }: { readonly session: Session }) {
  const [store, setStore] = useState<CareStore | null>(null);
  const live = useClient(session, (opened) => {
    const followed = careStore(session, opened);
    setStore(followed.store);
    return followed.stop;
  });
  const strip = <ConnectionStrip live={live} />;
  if (store?.wall.value != null) return <WallScreen store={store} />;
  return (
    <Shell session={session} path="/care" title={t('care.title')} strip={strip} full>
      {store ? <Board store={store} /> : null}
    </Shell>
  );
}

function Board({ store }: { readonly store: CareStore }) {
  const personId = store.patient.value;
  const [tab, setTab] = useState<'alerts' | 'wall'>('wall');
  const shown = personId === null ? tab : 'wall';
  const waiting = store.alerts.value.length;
  return (
    <div class="care" data-old={String(isOld(store))} data-tab={shown}>
      <nav class="phone-tabs" aria-label={t('care.title')}>
        <Button pressed={shown === 'wall'} onPress={() => setTab('wall')}>
          {t('care.patients', { n: store.people.value.length })}
        </Button>
        <Button
          pressed={shown === 'alerts'}
          onPress={() => {
            store.patient.value = null;
            setTab('alerts');
          }}
        >
          {t('care.alerts')} {waiting}
        </Button>
      </nav>
      <AlertQueue store={store} />
      <section class="main">
        <OldNotice store={store} />
        {personId === null ? (
          <Wall store={store} />
        ) : (
          <PatientCharts key={personId} store={store} personId={personId} />
        )}
      </section>
    </div>
  );
}

/** For a screen in the room: tiles only, as large as they fit, with the time and how the connection does. */
function WallScreen({ store }: { readonly store: CareStore }) {
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape') store.wall.value = null;
    };
    addEventListener('keydown', leave);
    return () => removeEventListener('keydown', leave);
  }, [store]);
  return (
    <main class="wall-screen" data-old={String(isOld(store))}>
      <h1 class="for-readers">{t('care.title')}</h1>
      <header>
        <p class="clock">{timeText(nowMs.value)}</p>
        <ConnectionStrip live={store.live} />
        <p class="soft">{t('care.not_medical')}</p>
        <Button
          look="quiet"
          onPress={() => {
            store.wall.value = null;
          }}
        >
          {t('care.wall_leave')}
        </Button>
      </header>
      <OldNotice store={store} />
      <Wall store={store} />
    </main>
  );
}

const isOld = ({ live, isLoaded }: CareStore) => isLoaded.value && live.status.value.state !== 'open';

/** While there is no connection nothing on the page is how it is now, and it has to say so where people look. */
function OldNotice({ store }: { readonly store: CareStore }) {
  if (!isOld(store)) return null;
  const sinceMs = store.live.openUntilMs.value ?? nowMs.value;
  return <p class="old-notice">{t('care.feed_old', { age: durationText(nowMs.value - sinceMs) })}</p>;
}
