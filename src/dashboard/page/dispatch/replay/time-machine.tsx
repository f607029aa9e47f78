import './replay.css';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { t } from '../../../strings/index.ts';
import { type Incident, indexAt } from '../../../time-machine.ts';
import { Button } from '../../ui/button.tsx';
import { type Desk, deskOf } from '../desk.ts';
import { SosHead } from '../sos-head.tsx';
import { SosSlots } from '../sos-now.tsx';
import { StoryList } from '../sos-timeline.tsx';
import type { DispatchStore } from '../store.ts';
import { type Loaded, useLoaded } from './load-incident.ts';
import { Player } from './player.tsx';
import { ReplayMapView } from './replay-map-view.tsx';
import { ReplaySearch } from './replay-search.tsx';

/** Any incident that is over, as it was at any moment: map, state and timeline together. */
export function TimeMachine({ store }: { readonly store: DispatchStore }) {
  const desk = deskOf(store);
  const back = () => {
    desk.past.value = null;
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) back();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const sosId = desk.past.value;
  return (
    <div class="replay" data-chosen={String(Boolean(sosId))}>
      <section class="past-list">
        <header class="flow">
          <h2>{t('replay.title')}</h2>
          <span class="space" />
          <Button onPress={back}>{t('replay.back')}</Button>
        </header>
        <ReplaySearch desk={desk} />
      </section>
      {sosId ? <Chosen key={sosId} desk={desk} sosId={sosId} /> : <p class="empty">{t('replay.choose')}</p>}
    </div>
  );
}

function Chosen({ desk, sosId }: { readonly desk: Desk; readonly sosId: string }) {
  const loaded = useLoaded(desk, sosId).value;
  if (!loaded.incident)
    return (
      <p class="empty" role="status">
        {loaded.state === 'gone' ? t('replay.gone') : t('replay.loading')}
      </p>
    );
  return <Scrubbed desk={desk} incident={loaded.incident} loaded={loaded} />;
}

interface ScrubbedProps {
  readonly desk: Desk;
  readonly incident: Incident;
  readonly loaded: Loaded;
}

function Scrubbed({ desk, incident, loaded }: ScrubbedProps) {
  const atMs = useSignal(incident.fromMs);
  const index = useComputed(() => indexAt(incident, atMs.value));
  const sos = incident.views[index.value] ?? incident.views[0];
  const { ways, asked, problem } = loaded;
  const moment = useMemo(
    () => (sos ? { atMs: atMs.value, sos, ways, asked, nameOf: desk.names.nameOf } : null),
    [atMs.value, sos, ways, asked],
  );
  const hasFixes = ways.some(({ fixes }) => fixes.length > 0);
  const wasHeld = incident.views.some(({ slots }) => slots.some(({ holderId }) => holderId !== null));
  return (
    <>
      <section class="past-map" aria-label={t('replay.moment')}>
        <ReplayMapView store={desk.store} moment={moment} />
        {problem ? <p class="problem">{t('replay.positions_refused', { why: problem })}</p> : null}
        {!problem && wasHeld && !hasFixes ? <p class="note small">{t('replay.no_positions')}</p> : null}
        <Player incident={incident} atMs={atMs} />
      </section>
      <section class="past-state" aria-label={t('replay.state')}>
        {sos ? (
          <div class="sos-detail">
            <SosHead
              desk={desk}
              sos={sos}
              onClose={() => {
                desk.past.value = '';
              }}
            />
            <SosSlots desk={desk} sos={sos} isPast />
          </div>
        ) : null}
        <div class="story">
          <StoryList
            desk={desk}
            events={incident.events}
            upToSeq={incident.events[index.value]?.seq ?? 0}
            onChoose={(event) => {
              atMs.value = event.atMs;
            }}
          />
        </div>
      </section>
    </>
  );
}
