import type { Clock } from '../lib/clock.ts';
import { coarseOffer } from './inbox.ts';
import { heldSlots, isHolder, type Offer, type SosState } from './machine/state.ts';
import type { Dispatch } from './service.ts';
import type { DispatchStore, LogEvent } from './store.ts';
import {
  type Contact,
  type Contacts,
  dispatcherSosView,
  isJoinedOnly,
  isParty,
  joinedSosView,
  mayReadSos,
  project,
  projectForFeed,
  sosView,
  type Viewer,
} from './view.ts';

/** Where it is kept who was shown whose exact position, and as what. Called for every event; must be quick. */
export interface Disclosures {
  /** `sosId`: the SOS whose place it is; absent: where a responder is. */
  saw(viewer: Viewer, subjectId: string, sosId?: string): void;
}

export interface ReadingOptions {
  readonly dispatch: Dispatch;
  readonly store: DispatchStore;
  readonly clock: Clock;
  /** Names and numbers of people; asked only for those entitled to them. */
  readonly contacts: (userIds: readonly string[]) => Promise<ReadonlyMap<string, Contact>>;
  readonly disclosures: Disclosures;
  /** Whether something of an SOS is decided on this node and not in the store yet; absent: nothing ever is. */
  readonly isProvisional?: (sosId: string) => boolean;
}

const CHAT_SHOWN = 200;
const NOBODY_KNOWN: Contacts = new Map();

/** A flag of a row, beside those of the roster. */
const PROFESSIONAL = 16;

type ResponderRow = [string, number, number, number, number];

/** What people may read of dispatch, and how it looks to each of them. */
export function dispatchReading(options: ReadingOptions) {
  const { dispatch, store, clock, contacts, disclosures } = options;
  const marked = <View extends { readonly sosId: string }>(view: View): View =>
    options.isProvisional?.(view.sosId) ? { ...view, isProvisional: true } : view;
  const rowOf = (handle: number, nowMs: number): ResponderRow | null => {
    const responder = dispatch.roster.at(handle);
    const point = responder?.point;
    if (!point || responder.locatedAtMs === null) return null;
    const { lat, lng } = point;
    return [
      responder.userId,
      lat,
      lng,
      Math.max(0, Math.round(nowMs - responder.locatedAtMs)),
      dispatch.roster.flagsOf(responder) | (responder.isProfessional ? PROFESSIONAL : 0),
    ];
  };

  /** Whoever was forgotten and is known again has another handle, which brings their row. */
  const isPlaced = (userId: string) => dispatch.roster.get(userId)?.locatedAtMs != null;

  const responderRows = (handles: Iterable<number>) => {
    const nowMs = clock.nowMs();
    const responders: ResponderRow[] = [];
    const gone: string[] = [];
    for (const handle of handles) {
      const row = rowOf(handle, nowMs);
      if (row) responders.push(row);
      else if (!isPlaced(dispatch.roster.idAt(handle))) gone.push(dispatch.roster.idAt(handle));
    }
    return { responders, gone };
  };

  const saw = (viewer: Viewer, state: SosState | undefined) => {
    if (state?.requesterId) disclosures.saw(viewer, state.requesterId, state.id);
  };

  return {
    responderRows,

    responderIdOf: (handle: number) => dispatch.roster.idAt(handle),

    feedSnapshot() {
      return {
        feed: 'dispatch' as const,
        sos: [...dispatch.known.open()].map((state) => marked(dispatcherSosView(state))),
        responders: responderRows(dispatch.roster.handles()).responders,
      };
    },

    /** The same with less of each event, for those who watch every SOS at once. */
    projectForFeed(viewer: Viewer, event: LogEvent): LogEvent {
      const [kind, id] = split(event.stream);
      if (kind === 'sos') saw(viewer, dispatch.known.get(id));
      return projectForFeed(viewer, event);
    },

    entitlement: {
      /** Reads what deciding about this stream up to this number needs, when it is not in memory. */
      async prepare(stream: string, upToSeq: number): Promise<void> {
        const [kind, id] = split(stream);
        if (kind === 'sos' && dispatch.known.isBehind(id, upToSeq)) await dispatch.refresh(id);
        else if (kind !== 'inbox') await dispatch.prepare(id);
      },

      mayRead(viewer: Viewer, stream: string): boolean {
        const [kind, id] = split(stream);
        if (kind === 'inbox') return viewer.userId === id;
        const state = dispatch.known.get(id);
        if (!state) return false;
        return kind === 'sos' ? mayReadSos(viewer, state) : isParty(viewer, state);
      },

      project(viewer: Viewer, event: LogEvent): LogEvent {
        const [kind, id] = split(event.stream);
        // What is said is shown to a dispatcher by the same right as the place, and is on record like it.
        if (kind === 'chat' && viewer.isDispatcher) saw(viewer, dispatch.known.get(id));
        const state = kind === 'sos' ? dispatch.known.get(id) : undefined;
        if (!state) return project(viewer, event);
        saw(viewer, state);
        return project({ ...viewer, isJoined: isJoinedOnly(state, viewer.userId) }, event);
      },
    },

    snapshots: {
      async snapshotOf(viewer: Viewer, stream: string): Promise<{ seq: number; view: unknown } | null> {
        const [kind, id] = split(stream);
        if (kind === 'inbox') return viewer.userId === id ? inboxSnapshot(id) : null;
        await dispatch.prepare(id);
        const state = dispatch.known.get(id);
        if (!state) return null;
        if (kind === 'chat') {
          if (!isParty(viewer, state)) return null;
          if (viewer.isDispatcher) saw(viewer, state);
          return chatSnapshot(id);
        }
        if (!mayReadSos(viewer, state)) return null;
        const people = await contacts(partiesOf(state));
        saw(viewer, state);
        return { seq: state.seq, view: viewFor(viewer, state, people) };
      },

      /** Without names, which are read; and of a chat nothing, which is no part of what a node keeps. */
      knownOf(viewer: Viewer, stream: string): unknown {
        const [kind, id] = split(stream);
        if (kind === 'inbox') return viewer.userId === id ? inboxKnown(id) : null;
        const state = dispatch.known.get(id);
        if (!state) return null;
        if (kind === 'chat') return isParty(viewer, state) ? { messages: [], reads: [] } : null;
        if (kind !== 'sos' || !mayReadSos(viewer, state)) return null;
        saw(viewer, state);
        return marked(viewFor(viewer, state, NOBODY_KNOWN));
      },
    },
  };

  function viewFor(viewer: Viewer, state: SosState, people: Contacts) {
    if (viewer.isDispatcher) return dispatcherSosView(state, people);
    if (isJoinedOnly(state, viewer.userId)) return joinedSosView(state, people);
    const view = sosView(state, people);
    return isHolder(state, viewer.userId) ? view : { ...view, callbackNumber: null };
  }

  function inboxKnown(userId: string) {
    const asked = dispatch.known.asking(userId).flatMap((sosId) => dispatch.known.get(sosId) ?? []);
    const viewsOf = (status: Offer['status']) =>
      asked.flatMap((state) =>
        [...state.offers.values()]
          .filter((offer) => offer.responderId === userId && offer.status === status)
          .map((offer) => coarseOffer(state, offer)),
      );
    const { roster } = dispatch;
    const holding = roster.holding(userId) ?? roster.holding(userId, true);
    return { offers: viewsOf('OPEN'), reserves: viewsOf('RESERVE'), holding };
  }

  async function inboxSnapshot(userId: string) {
    const { seq, offers, holding, broadcasts = [] } = await store.inbox(userId);
    // The number says that these offers are in it, so none may be missing because another node made it a moment ago.
    for (const { sosId, offerId } of offers) {
      if (!dispatch.known.get(sosId)?.offers.has(offerId)) await dispatch.refresh(sosId);
    }
    const viewsOf = (status: Offer['status']) =>
      offers.flatMap(({ sosId, offerId }) => {
        const state = dispatch.known.get(sosId);
        const offer = state?.offers.get(offerId);
        return state && offer?.status === status ? [coarseOffer(state, offer)] : [];
      });
    const said = broadcasts.length > 0 ? { broadcasts } : {};
    return { seq, view: { offers: viewsOf('OPEN'), reserves: viewsOf('RESERVE'), holding, ...said } };
  }

  async function chatSnapshot(sosId: string) {
    const { seq, ...view } = await store.chatLog(sosId, CHAT_SHOWN);
    return { seq, view };
  }
}

/** Everybody who is in it at this moment: they know each other by name. */
const partiesOf = (state: SosState): string[] => [
  ...(state.requesterId ? [state.requesterId] : []),
  ...heldSlots(state).map(({ holder }) => holder.responderId),
];

function split(stream: string): [kind: string, id: string] {
  const colon = stream.indexOf(':');
  return [stream.slice(0, colon), stream.slice(colon + 1)];
}
