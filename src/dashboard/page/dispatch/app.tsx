import './dispatch.css';
import { useState } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';
import { useClient } from '../ui/use-client.ts';
import { deskOf } from './desk.ts';
import { DeskDialogs } from './desk-dialogs.tsx';
import { HealthStrip, Troubles } from './health/health-strip.tsx';
import { useHealth } from './health/use-health.ts';
import { MapView } from './map/map-view.tsx';
import { TimeMachine } from './replay/time-machine.tsx';
import { SosDetail } from './sos-detail.tsx';
import { type DispatchStore, dispatchStore } from './store.ts';
import { WorkList } from './work-list.tsx';

export const DispatchPage = () => (
  <SessionGate title={t('dispatch.title')} purpose={t('dispatch.sign_in_for')} needs={['dispatcher']}>
    {(session) => <Dispatch session={session} />}
  </SessionGate>
);

function Dispatch({ session }: { readonly session: Session }) {
  const [store, setStore] = useState<DispatchStore | null>(null);
  const live = useClient(session, (opened) => {
    const followed = dispatchStore(session, opened);
    setStore(followed.store);
    return followed.stop;
  });
  const heard = useHealth(session, live);
  return (
    <Shell
      session={session}
      path="/"
      title={t('dispatch.title')}
      strip={<HealthStrip live={live} heard={heard} />}
      notice={<Troubles live={live} heard={heard} />}
      full
    >
      {store ? (
        <>
          <BoardOrPast store={store} />
          <DeskDialogs store={store} />
        </>
      ) : null}
    </Shell>
  );
}

/** What is live, or an incident of the past in its place. */
function BoardOrPast({ store }: { readonly store: DispatchStore }) {
  return deskOf(store).past.value === null ? <Board store={store} /> : <TimeMachine store={store} />;
}

function Board({ store }: { readonly store: DispatchStore }) {
  const isDetailed = store.selectedSosId.value !== null;
  return (
    <div
      class="dispatch"
      data-detail={String(isDetailed)}
      data-live={String(store.live.status.value.state === 'open')}
    >
      <section class="work">
        <WorkList store={store} />
      </section>
      <section class="map" aria-label={t('map.title')}>
        <MapView store={store} />
      </section>
      {isDetailed ? (
        <section class="detail">
          <SosDetail store={store} />
        </section>
      ) : null}
    </div>
  );
}
