import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Certification, DocumentView, Duty, HeldSos, Profile } from '../../../client/index.ts';
import { type Sighting, sighted } from '../../approach.ts';
import { type Inbox, inboxAfter, inboxFrom, newsRead, readInbox } from '../../inbox.ts';
import { t } from '../../strings/index.ts';
import { about } from '../phone/about.ts';
import { keepScreenOn, unlockSound } from '../phone/alarm.ts';
import { batteryPct } from '../phone/device.ts';
import { followIncident, type Incident } from '../phone/incident.ts';
import { Position } from '../phone/position.ts';
import { putAway, stayWoken } from '../phone/wake.ts';
import type { Session } from '../ui/open-session.ts';
import { toast } from '../ui/toast.tsx';
import type { Live } from '../ui/use-client.ts';

/** What is asked of the server over HTTP; null: not there yet. */
export interface Papers {
  readonly profile: Profile;
  readonly duty: Duty | null;
  readonly documents: readonly DocumentView[];
  readonly certifications: readonly Certification[];
  readonly held: readonly HeldSos[];
}

export interface ResponderStore {
  readonly session: Session;
  readonly live: Live;
  readonly position: Position;
  /** Where this device was in the last minute and a half, the newest last. */
  readonly seen: ReadonlySignal<readonly Sighting[]>;
  readonly papers: Signal<Papers | null>;
  readonly inbox: ReadonlySignal<Inbox>;
  readonly isOnDuty: ReadonlySignal<boolean>;
  /** The SOS whose slot this person holds. */
  readonly incident: ReadonlySignal<Incident | null>;
  /** By the server's clock. */
  serverNowMs(): number;
  setDuty(available: boolean): Promise<void>;
  newsRead(): void;
  loadPapers(): Promise<void>;
}

/** Follows the inbox of whoever is signed in, and the SOS that they hold. */
export function responderStore(session: Session, live: Live): { store: ResponderStore; stop: () => void } {
  const { client } = live;
  const kept = `muster.inbox.${session.userId}`;
  const inbox = signal(readInbox(localStorage.getItem(kept)));
  const papers = signal<Papers | null>(null);
  const isOnDuty = signal(false);
  const incident = signal<Incident | null>(null);
  const seen = signal<readonly Sighting[]>([]);
  let aheadMs = 0;
  const serverNowMs = () => Date.now() + aheadMs;
  const position = new Position((here) => {
    seen.value = sighted(seen.value, here);
    client.sendFix({ ...here, batteryPct: batteryPct() });
  });
  const looking = () => ({ nowMs: serverNowMs(), isVisible: document.visibilityState === 'visible' });
  const learnClock = () =>
    client.ready().then(
      ({ nowMs }) => {
        aheadMs = nowMs - Date.now();
      },
      () => {},
    );
  const subscription = client.subscribe(
    `inbox:${session.userId}`,
    {
      onSnapshot: ({ seq, view }) => {
        if ('offers' in view) inbox.value = inboxFrom(inbox.value, seq, view, looking());
      },
      onEvent: (event) => {
        inbox.value = inboxAfter(inbox.value, event, looking());
        if (event.type === 'broadcast.sent') client.broadcastReceived(event.data.broadcastId, true);
      },
      onProvisional: (event) => {
        inbox.value = inboxAfter(inbox.value, event, looking());
      },
      onEnd: (reason) => session.end(reason),
    },
    // What happened while the page was closed is told as events, so that it can be said.
    inbox.value.seq,
  );
  const loadPapers = async () => {
    const [profile, duty, documents, certifications, held] = await session.act((token) =>
      Promise.all([
        session.http.me.profile(token),
        session.http.me.duty(token).catch(() => null),
        session.http.documents.mine(token).catch(() => []),
        session.http.me.certifications(token).catch(() => []),
        session.http.sos.held(token, { limit: 5 }).catch(() => ({ sos: [] })),
      ]),
    );
    papers.value = { profile, duty, documents, certifications, held: held.sos };
    isOnDuty.value = profile.volunteer?.available ?? false;
  };
  const stops = [
    live.status.subscribe(({ state }) => {
      if (state !== 'open') return;
      void learnClock();
      loadPapers().catch(() => {});
      stayWoken(session, about.value.pushPublicKey).catch(() => {});
    }),
    effect(() => {
      putAway(new Set(inbox.value.offers.map(({ offerId }) => offerId))).catch(() => {});
    }),
    effect(() => localStorage.setItem(kept, JSON.stringify(inbox.value))),
    effect(() => {
      const { holding } = inbox.value;
      const was = incident.peek();
      if (was?.sosId === holding) return;
      was?.stop();
      incident.value = holding === null ? null : followIncident({ client, sosId: holding });
      if (was && holding === null) loadPapers().catch(() => {});
    }),
    effect(() => {
      const isNeeded = isOnDuty.value || incident.value !== null;
      keepScreenOn(isNeeded);
      if (isNeeded) position.start();
      else position.stop();
    }),
  ];
  const store: ResponderStore = {
    session,
    live,
    position,
    seen,
    papers,
    inbox,
    isOnDuty,
    incident,
    serverNowMs,
    setDuty: async (available) => {
      if (available) void unlockSound();
      await client.command('duty.set', { available });
      isOnDuty.value = available;
      toast(t(available ? 'responder.on_duty' : 'responder.off_duty'));
    },
    newsRead: () => {
      inbox.value = newsRead(inbox.value);
    },
    loadPapers,
  };
  return {
    store,
    stop: () => {
      for (const stop of stops) stop();
      subscription.unsubscribe();
      incident.value?.stop();
      position.stop();
      keepScreenOn(false);
    },
  };
}
