import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Helper } from '../../../client/index.ts';
import type { LatLng } from '../../../geo/lat-lng.ts';
import { type Sighting, sighted } from '../../approach.ts';
import { bodyOf, type Call, readCall, standingOf } from '../../calling.ts';
import { t } from '../../strings/index.ts';
import { about } from '../phone/about.ts';
import { keepScreenOn } from '../phone/alarm.ts';
import { batteryPct } from '../phone/device.ts';
import { followIncident, type Incident } from '../phone/incident.ts';
import { Position } from '../phone/position.ts';
import { problemWords } from '../session.ts';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { toast } from '../ui/toast.tsx';
import type { Live } from '../ui/use-client.ts';

/** Somebody who comes, with where they were in the last minute and a half. */
export interface Comer extends Helper {
  readonly seen: readonly Sighting[];
}

export type Wanted = Pick<Call, 'emergencyType' | 'description' | 'isDrill'>;

export interface SosStore {
  readonly session: Session;
  readonly live: Live;
  readonly position: Position;
  /** Where they say that they are instead of where the phone is. */
  readonly elsewhere: Signal<LatLng | null>;
  /** What is not acknowledged yet. */
  readonly call: ReadonlySignal<Call | null>;
  readonly incident: ReadonlySignal<Incident | null>;
  readonly comers: ReadonlySignal<readonly Comer[]>;
  /** Begins the countdown; false: there is no place to send anybody to. */
  raise(wanted: Wanted): boolean;
  takeBack(): void;
  sendNow(): void;
  /** The SOS that is over has been looked at. */
  leave(): void;
}

const HELPERS_EVERY_MS = 5_000;

/** A call for help from the first touch to the end, kept on this device until the server has it. */
export function sosStore(session: Session, live: Live): { store: SosStore; stop: () => void } {
  const { client } = live;
  const kept = `muster.call.${session.userId}`;
  const call = signal<Call | null>(readCall(localStorage.getItem(kept)));
  const incident = signal<Incident | null>(null);
  const comers = signal<readonly Comer[]>([]);
  const elsewhere = signal<LatLng | null>(null);
  const position = new Position((here) => {
    if (incident.value) client.sendFix({ ...here, batteryPct: batteryPct() });
  });

  const keep = (next: Call | null) => {
    if (next) localStorage.setItem(kept, JSON.stringify(next));
    else localStorage.removeItem(kept);
    call.value = next;
  };
  const follow = (sosId: string) => {
    if (incident.value?.sosId === sosId) return;
    incident.value?.stop();
    incident.value = followIncident({ client, sosId });
  };
  let underWay: string | null = null;
  const send = (due: Call) => {
    if (underWay === due.id) return;
    underWay = due.id;
    // Without an end: it is sent again and again under the same id until the server has it.
    client.command('sos.create', bodyOf(due), { id: due.id }).then(
      ({ sosId }) => {
        underWay = null;
        keep(null);
        if (sosId) follow(sosId);
      },
      (error: unknown) => {
        underWay = null;
        if (isClosed(error)) return;
        keep(null);
        toast(t('sos.refused', { why: problemWords(error) }), { tone: 'problem', staysMs: 60_000 });
      },
    );
  };
  const findOpen = async () => {
    if (incident.value || call.value) return;
    const { sos } = await session.act((token) => session.http.sos.mine(token, { limit: 5 }));
    const open = sos.find(
      ({ closedAtMs, helpers, isDrill }) => closedAtMs === null && !(isDrill && isOwn(helpers)),
    );
    if (open && !incident.value && !call.value) follow(open.sosId);
  };
  const isOwn = (helpers: readonly { readonly userId: string }[]) =>
    helpers.some(({ userId }) => userId === session.userId);
  const lookForHelpers = async () => {
    if (!incident.value || live.status.value.state !== 'open') return;
    const helpers = await session.act((token) => session.http.sos.helpers(token));
    const before = new Map(comers.value.map((one) => [one.userId, one.seen]));
    comers.value = helpers
      .filter(({ sosId }) => sosId === incident.value?.sosId)
      .map((one) => {
        const seen = before.get(one.userId) ?? [];
        return { ...one, seen: one.at ? sighted(seen, one.at) : seen };
      });
  };
  const looking = setInterval(() => lookForHelpers().catch(() => {}), HELPERS_EVERY_MS);
  const stops = [
    effect(() => {
      const waiting = call.value;
      if (waiting && standingOf(waiting, nowMs.value).state === 'due') send(waiting);
    }),
    effect(() => {
      const sos = incident.value?.sos.value;
      keepScreenOn(call.value !== null || (sos !== undefined && sos?.closedAtMs === null));
      // Who holds a slot has changed, or nothing of it is known yet.
      if (sos?.slots.some(({ holderId }) => holderId !== null)) lookForHelpers().catch(() => {});
    }),
    live.status.subscribe(({ state }) => {
      if (state === 'open') findOpen().catch(() => {});
    }),
  ];
  position.start();

  const store: SosStore = {
    session,
    live,
    position,
    elsewhere,
    call,
    incident,
    comers,
    raise: (wanted) => {
      const at = elsewhere.value ?? position.here.value;
      if (!at) return false;
      const point = { lat: at.lat, lng: at.lng };
      const sendAtMs = Date.now() + about.value.sosCancelWindowMs;
      keep({ ...wanted, id: crypto.randomUUID(), sendAtMs, point });
      return true;
    },
    takeBack: () => {
      keep(null);
      toast(t('sos.taken_back'));
    },
    sendNow: () => {
      if (call.value) keep({ ...call.value, sendAtMs: Date.now() });
    },
    leave: () => {
      incident.value?.stop();
      incident.value = null;
      comers.value = [];
    },
  };
  return {
    store,
    stop: () => {
      clearInterval(looking);
      for (const stop of stops) stop();
      incident.value?.stop();
      position.stop();
      keepScreenOn(false);
    },
  };
}

/** The page is going away or asks to sign in: the call is kept, and sent once it is back. */
const isClosed = (error: unknown) => (error as { code?: string }).code === 'closed';
