import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { MusterClient, SosView } from '../../../client/index.ts';
import type { StreamEvent } from '../../../protocol/down.ts';
import { type AlertLine, Board } from '../../board.ts';
import { hashSignal } from '../ui/hash.ts';
import type { Session } from '../ui/open-session.ts';
import type { Live } from '../ui/use-client.ts';

/** What the dispatchers' page knows. Lists change at most once per frame of the screen, whatever arrives. */
export interface DispatchStore {
  readonly session: Session;
  readonly client: MusterClient;
  readonly live: Live;
  /** Everything, mutable: read it inside what a signal below has woken. */
  readonly board: Board;
  /** Open ones, the most urgent and then the oldest first. */
  readonly openSos: ReadonlySignal<readonly SosView[]>;
  readonly openAlerts: ReadonlySignal<readonly AlertLine[]>;
  /** Rises with each change of responders: their rows are read from the board. */
  readonly respondersChanged: ReadonlySignal<number>;
  /** The first snapshot is there. */
  readonly isLoaded: ReadonlySignal<boolean>;
  /** Shown in detail; in the address, so that a reload finds it again. */
  readonly selectedSosId: Signal<string | null>;
}

/** Follows the dispatchers' feed on this connection. */
export function dispatchStore(session: Session, live: Live): { store: DispatchStore; stop: () => void } {
  const board = new Board();
  const openSos = signal<readonly SosView[]>([]);
  const openAlerts = signal<readonly AlertLine[]>([]);
  const respondersChanged = signal(0);
  const isLoaded = signal(false);
  let due: number | null = null;
  const listsChanged = () => {
    due ??= requestAnimationFrame(() => {
      due = null;
      openSos.value = board.openSos;
      openAlerts.value = board.openAlerts;
    });
  };
  const ticking = setInterval(() => board.tick(Date.now()), 1_000);
  const applied = (event: StreamEvent) => {
    board.apply(event);
    listsChanged();
  };
  const subscription = live.client.watchDispatch({
    onFeed: (feed) => {
      board.replace(feed, Date.now());
      isLoaded.value = true;
      respondersChanged.value += 1;
      listsChanged();
    },
    onEvent: applied,
    onProvisional: applied,
    onState: (state) => {
      board.update(state, Date.now());
      respondersChanged.value += 1;
    },
    onEnd: (reason) => session.end(reason),
  });
  const store = {
    session,
    client: live.client,
    live,
    board,
    openSos,
    openAlerts,
    respondersChanged,
    isLoaded,
    selectedSosId: hashSignal('sos'),
  };
  return {
    store,
    stop: () => {
      if (due !== null) cancelAnimationFrame(due);
      clearInterval(ticking);
      subscription.unsubscribe();
    },
  };
}
