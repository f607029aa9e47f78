import { isUuid } from '../lib/ids.ts';
import { ok, type Refused, type Result, refused } from '../lib/result.ts';
import { apply, begin, type Happened } from './machine/apply.ts';
import type { SosCreated } from './machine/events.ts';
import { heldSlots, isHolder, isRequester, type SosState } from './machine/state.ts';
import type { Disclosures } from './reading.ts';
import type { Dispatch } from './service.ts';
import type { LogEvent } from './store.ts';
import {
  type Contacts,
  dispatcherSosView,
  isJoinedOnly,
  joinedSosView,
  mayReadSos,
  project,
  sosView,
  type Viewer,
} from './view.ts';

export interface TimelineParts {
  readonly dispatch: Pick<Dispatch, 'prepare' | 'known'>;
  /** Up to `limit` events of a stream after a number, in order. */
  readonly readAfter: (stream: string, afterSeq: number, limit: number) => Promise<readonly LogEvent[]>;
  readonly contacts: (userIds: readonly string[]) => Promise<Contacts>;
  readonly disclosures: Disclosures;
}

/** One event as somebody may see it. */
export type TimelineEvent = Pick<LogEvent, 'seq' | 'atMs' | 'actorId' | 'type'> & { readonly data: unknown };

export interface TimelinePage {
  readonly events: readonly TimelineEvent[];
  /** The number to go on after; null: this is the end for now. */
  readonly next: number | null;
}

type NotFound = Refused<'sos_not_found'>;

const EVENTS_AT_ONCE = 500;
/** A busy SOS has some hundred events; receipts of offers are most of them. */
export const EVENTS_MAX = 20_000;

/**
 * What happened in one SOS, from its event log: as a list, and as the state at any instant. Asked at each call whether the
 * viewer is entitled now: a holder who was released is not, whatever instant is asked for (invariant 6).
 */
export function openTimeline({ dispatch, readAfter, contacts, disclosures }: TimelineParts) {
  const entitled = async (viewer: Viewer, sosId: string): Promise<SosState | null> => {
    if (!isUuid(sosId)) return null;
    await dispatch.prepare(sosId);
    const state = dispatch.known.get(sosId);
    if (!state || !mayReadSos(viewer, state)) return null;
    if (state.requesterId) disclosures.saw(viewer, state.requesterId, state.id);
    return state;
  };

  /** The events up to and including this instant, a page at a time. */
  async function* until(sosId: string, atMs: number): AsyncGenerator<LogEvent> {
    for (let after = 0; ; ) {
      const page = await readAfter(`sos:${sosId}`, after, EVENTS_AT_ONCE);
      for (const event of page) {
        if (event.atMs > atMs) return;
        yield event;
      }
      const last = page.at(-1);
      if (!last || page.length < EVENTS_AT_ONCE) return;
      after = last.seq;
    }
  }

  const foldedUntil = async (now: SosState, atMs: number): Promise<SosState | null> => {
    let state: SosState | null = null;
    for await (const event of until(now.id, atMs)) {
      if (!state && event.seq !== 1) return null;
      const happened = happenedOf(event, now);
      state = state ? apply(state, happened) : begin(now.id, happened);
    }
    return state;
  };

  const shown = async (viewer: Viewer, now: SosState, then: SosState) => {
    // Who holds a place now knows who is in it now, not who was before them.
    const knowsThen = viewer.isDispatcher || isRequester(now, viewer.userId);
    const people = await contacts(partiesOf(knowsThen ? then : now));
    if (viewer.isDispatcher) return dispatcherSosView(then, people);
    if (isJoinedOnly(now, viewer.userId)) return joinedSosView(then, people);
    const view = sosView(then, people);
    return isHolder(now, viewer.userId) ? view : { ...view, callbackNumber: null };
  };

  return {
    entitled,

    /** The SOS as it stands, or stood at an instant. */
    async view(
      viewer: Viewer,
      sosId: string,
      atMs: number | null,
    ): Promise<Result<Awaited<ReturnType<typeof shown>>, 'sos_not_found'>> {
      const now = await entitled(viewer, sosId);
      if (!now) return refused('sos_not_found');
      if (atMs === null) return ok(await shown(viewer, now, now));
      const then = await foldedUntil(now, atMs);
      if (!then) return refused('sos_not_found', 'at: there is nothing on record of that instant');
      return ok(await shown(viewer, now, then));
    },

    async page(
      viewer: Viewer,
      sosId: string,
      { after, limit }: { readonly after: number; readonly limit: number },
    ): Promise<Result<TimelinePage, 'sos_not_found'>> {
      const now = await entitled(viewer, sosId);
      if (!now) return refused('sos_not_found');
      const page = await readAfter(`sos:${sosId}`, after, limit);
      const last = page.at(-1);
      const isEnd = page.length < limit;
      return ok({
        events: page.map((event) => eventFor(viewer, now, event)),
        next: isEnd || !last ? null : last.seq,
      });
    },

    /** Every event there is, for a file. */
    async all(
      viewer: Viewer,
      sosId: string,
    ): Promise<Result<readonly TimelineEvent[], 'too_large'> | NotFound> {
      const now = await entitled(viewer, sosId);
      if (!now) return refused('sos_not_found');
      const events: TimelineEvent[] = [];
      for await (const event of until(sosId, Number.POSITIVE_INFINITY)) {
        if (events.length === EVENTS_MAX) {
          return refused('too_large', `more than ${EVENTS_MAX} events: read the timeline page by page`);
        }
        events.push(eventFor(viewer, now, event));
      }
      return ok(events);
    },
  };
}

export type Timeline = ReturnType<typeof openTimeline>;

const eventFor = (viewer: Viewer, now: SosState, event: LogEvent): TimelineEvent => {
  const sight = { ...viewer, isJoined: isJoinedOnly(now, viewer.userId) };
  const { seq, atMs, actorId, type, data } = project(sight, asOfToday(event, now));
  return { seq, atMs, actorId, type, data };
};

/** What events did not say yet before there were ladders and merges. */
const FORMERLY: Readonly<Record<string, object>> = {
  'sos.escalated': { step: 'dispatchers', rungsClimbed: 0 },
  'sos.cancelled': { mergedInto: null },
};

/**
 * The event with all that one of its kind says today. What was raised before there were rules and origins has them from the
 * row, where an upgrade put them.
 */
function asOfToday(event: LogEvent, now: SosState): LogEvent {
  const before = event.type === 'sos.created' ? createdOf(now) : FORMERLY[event.type];
  return before === undefined ? event : { ...event, data: { ...before, ...(event.data as object) } };
}

function happenedOf(event: LogEvent, now: SosState): Happened {
  const { type, seq, atMs, data } = asOfToday(event, now);
  return { type, seq, atMs, data } as Happened;
}

const createdOf = (now: SosState): SosCreated => ({
  emergencyType: now.emergencyType,
  priority: now.priority,
  point: now.point,
  description: now.description,
  requesterId: now.requesterId,
  origin: now.origin,
  raisedBy: now.raisedBy,
  alertId: now.alertId,
  callbackNumber: now.callbackNumber,
  addressText: now.addressText,
  isDrill: now.isDrill,
  drillFor: now.drillFor,
  duplicates: now.duplicates,
  policyVersion: now.policyVersion,
  rule: now.rule,
});

/** Requester and holders. */
const partiesOf = (state: SosState): string[] => [
  ...(state.requesterId ? [state.requesterId] : []),
  ...heldSlots(state).map(({ holder }) => holder.responderId),
];
