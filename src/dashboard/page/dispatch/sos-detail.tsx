import './detail.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { forgive } from './act.ts';
import { type Desk, deskOf } from './desk.ts';
import { type IncidentLive, useIncident } from './follow-incident.ts';
import { SosAsked } from './sos-asked.tsx';
import { SosChat } from './sos-chat.tsx';
import { SosCommands } from './sos-commands.tsx';
import { SosHead } from './sos-head.tsx';
import { SosNext, SosSlots } from './sos-now.tsx';
import { SosTimeline } from './sos-timeline.tsx';
import { SosVitals } from './sos-vitals.tsx';
import type { DispatchStore } from './store.ts';

const TABS = ['timeline', 'asked', 'chat', 'vitals'] as const;
type Tab = (typeof TABS)[number];

/** The SOS that was chosen, with all that is known of it and all that can be done about it. */
export function SosDetail({ store }: { readonly store: DispatchStore }) {
  const sosId = store.selectedSosId.value;
  return sosId === null ? null : <Detail key={sosId} desk={deskOf(store)} sosId={sosId} />;
}

function Detail({ desk, sosId }: { readonly desk: Desk; readonly sosId: string }) {
  const incident = useIncident(desk, sosId).value;
  const { sos, asked, climb, isMissing } = incident;
  const close = () => {
    desk.store.selectedSosId.value = null;
  };
  useEffect(() => () => forgive(desk, sosId), [sosId]);
  if (!sos)
    return (
      <div class="sos-detail">
        <p class="empty" role="status">
          {isMissing ? t('incident.not_found') : t('incident.loading')}
        </p>
        <p class="center">
          <button type="button" class="button" onClick={close}>
            {t('ui.close')}
          </button>
        </p>
      </div>
    );
  return (
    <article class="sos-detail" aria-labelledby="sos-title">
      <SosHead desk={desk} sos={sos} onClose={close} />
      <SosCommands desk={desk} sos={sos} />
      <SosNext sos={sos} asked={asked} climb={climb} />
      <SosSlots desk={desk} sos={sos} />
      <Parts desk={desk} incident={incident} />
    </article>
  );
}

function Parts({ desk, incident }: { readonly desk: Desk; readonly incident: IncidentLive }) {
  const tab = useSignal<Tab>('timeline');
  const move = (by: number) => {
    const to = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length] ?? 'timeline';
    tab.value = to;
    document.getElementById(`tab-${to}`)?.focus();
  };
  return (
    <section class="parts">
      <div
        role="tablist"
        aria-label={t('incident.tabs')}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
          event.preventDefault();
          move(event.key === 'ArrowRight' ? 1 : -1);
        }}
      >
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={tab.value === one}
            aria-controls="tab-panel"
            tabIndex={tab.value === one ? 0 : -1}
            onClick={() => {
              tab.value = one;
            }}
          >
            {t(`incident.tab_${one}`)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab.value}`}>
        <Part tab={tab.value} desk={desk} incident={incident} />
      </div>
    </section>
  );
}

interface PartProps {
  readonly tab: Tab;
  readonly desk: Desk;
  readonly incident: IncidentLive;
}

function Part({ tab, desk, incident }: PartProps) {
  const { sos, events, asked } = incident;
  if (!sos) return null;
  switch (tab) {
    case 'timeline':
      return <SosTimeline desk={desk} events={events} />;
    case 'asked':
      return <SosAsked desk={desk} sos={sos} asked={asked} />;
    case 'chat':
      return <SosChat desk={desk} sos={sos} />;
    case 'vitals':
      return <SosVitals desk={desk} sos={sos} />;
  }
}
