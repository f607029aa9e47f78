import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { CareRow, MusterClient } from '../../../client/index.ts';
import { byNeed, Ringing, rings, tabTitle } from '../../alert-queue.ts';
import { byUrgency, type CareAlert, CareWall } from '../../care-wall.ts';
import { t } from '../../strings/index.ts';
import { hashSignal } from '../ui/hash.ts';
import { announce } from '../ui/live-region.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import type { Live } from '../ui/use-client.ts';
import { beep } from './beep.ts';
import { type Names, openNames } from './names.ts';
import { Sparks } from './sparks.ts';

export interface CareStore {
  readonly session: Session;
  readonly client: MusterClient;
  readonly live: Live;
  readonly names: Names;
  readonly sparks: Sparks;
  /** The most urgent first. */
  readonly people: ReadonlySignal<readonly CareRow[]>;
  /** Open ones, what needs somebody first. */
  readonly alerts: ReadonlySignal<readonly CareAlert[]>;
  /** The first frame of the feed is there. */
  readonly isLoaded: ReadonlySignal<boolean>;
  /** Whose charts are shown, and of what time; in the address. */
  readonly patient: Signal<string | null>;
  readonly range: Signal<string | null>;
  /** Not null: a screen on the wall. */
  readonly wall: Signal<string | null>;
  /** The alert that keys are about. */
  readonly selected: Signal<string | null>;
  /** What a command was answered with is shown at once. */
  answered(alert: CareAlert): void;
}

/** What is old becomes so in minutes; drawing every tile each second would be for nothing. */
export const slowNowMs = computed(() => Math.floor(nowMs.value / 5_000) * 5_000);

/** Follows everybody one cares for on this connection. */
export function careStore(session: Session, live: Live): { store: CareStore; stop: () => void } {
  const wall = new CareWall();
  const rows = signal<readonly CareRow[]>([]);
  const isLoaded = signal(false);
  const names = openNames(session);
  const sparks = new Sparks(session);
  let due: number | null = null;
  const changed = () => {
    due ??= requestAnimationFrame(() => {
      due = null;
      rows.value = wall.people;
    });
  };
  const told = (people: readonly CareRow[]) => {
    names.want(people.map(({ personId }) => personId));
    for (const row of people) sparks.told(row);
    changed();
  };
  const stopWatching = live.client.watchCare({
    onPeople: (people) => {
      if (isLoaded.value) sparks.again();
      isLoaded.value = true;
      wall.replace(people);
      told(people);
    },
    onState: (state) => {
      wall.update(state);
      told(state.people);
    },
  });
  const people = computed(() => {
    names.changed.value;
    return byUrgency(rows.value, names.of, slowNowMs.value);
  });
  const alerts = computed(() => byNeed(rows.value.flatMap((row) => row.alerts)));
  const stopRinging = ringFor({ alerts, isLoaded, names });
  const store: CareStore = {
    session,
    client: live.client,
    live,
    names,
    sparks,
    people,
    alerts,
    isLoaded,
    patient: hashSignal('patient'),
    range: hashSignal('range'),
    wall: hashSignal('wall'),
    selected: signal<string | null>(null),
    answered: (alert) => {
      wall.answered(alert);
      changed();
    },
  };
  return {
    store,
    stop: () => {
      if (due !== null) cancelAnimationFrame(due);
      stopRinging();
      stopWatching();
    },
  };
}

/** A sound, a sentence for screen readers and the title of the tab, for what is new and critical. */
function ringFor({ alerts, isLoaded, names }: Pick<CareStore, 'alerts' | 'isLoaded' | 'names'>): () => void {
  const title = document.title;
  const ringing = new Ringing();
  const stop = effect(() => {
    if (!isLoaded.value) return;
    document.title = tabTitle(title, alerts.value.filter(rings).length);
    const [first] = ringing.fresh(alerts.value);
    if (!first) return;
    beep();
    announce(t('care.new_critical', { name: names.of(first.personId), what: first.title }));
  });
  return () => {
    stop();
    document.title = title;
  };
}
