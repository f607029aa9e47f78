import { z } from 'zod';
import { inboxEvents } from '../protocol/dispatch-events.ts';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { noticeEvents } from '../protocol/notices.ts';

const offer = inboxEvents['offer.sent'];
export type Offer = z.infer<typeof offer>;
export type Broadcast = z.infer<(typeof noticeEvents)['broadcast.sent']>;

const closeReason = inboxEvents['offer.closed'].shape.reason;
const releaseReason = inboxEvents['sos.released'].shape.reason;

/** Something that its person should know of and might have missed. */
const news = z.object({
  seq: z.number(),
  atMs: z.number(),
  sosId: z.string(),
  what: z.union([
    z.object({ kind: z.literal('closed'), reason: closeReason }),
    z.object({ kind: z.literal('released'), reason: releaseReason }),
    z.object({ kind: z.literal('assigned') }),
    z.object({ kind: z.literal('promoted') }),
  ]),
  /** It came while nobody looked. */
  isAway: z.boolean(),
});
export type News = z.infer<typeof news>;

/** What stands in a responder's inbox, in a form that can be kept on the device. Nothing in it says exactly where. */
const inbox = z.object({
  seq: z.number().nullable(),
  offers: z.array(offer.extend({ sinceMs: z.number() })),
  reserves: z.array(offer),
  holding: z.string().nullable(),
  /** The server asks whether they are on their way. */
  isNudged: z.boolean(),
  broadcasts: z.array(noticeEvents['broadcast.sent']),
  /** The newest last. */
  news: z.array(news),
});
export type Inbox = z.infer<typeof inbox>;

export const EMPTY_INBOX: Inbox = {
  seq: null,
  offers: [],
  reserves: [],
  holding: null,
  isNudged: false,
  broadcasts: [],
  news: [],
};

const NEWS_KEPT = 20;
/** An event that is older when it arrives was missed. */
const LATE_MS = 10_000;

/** How its person looks at the page, and what time it is by the server's clock. */
export interface Looking {
  readonly nowMs: number;
  readonly isVisible: boolean;
}

type InboxView = Extract<DownBody<'snapshot'>['view'], { offers: unknown }>;

/** All of it anew. What was held and is no longer is news. */
export function inboxFrom(was: Inbox, seq: number, view: InboxView, { nowMs }: Looking): Inbox {
  const known = new Map(was.offers.map((one) => [one.offerId, one.sinceMs]));
  return {
    ...was,
    seq,
    offers: view.offers.map((one) => ({ ...one, sinceMs: known.get(one.offerId) ?? nowMs })),
    reserves: view.reserves,
    holding: view.holding,
    isNudged: was.isNudged && view.holding === was.holding,
    broadcasts: view.broadcasts ?? [],
  };
}

/** After one more event of the inbox. */
export function inboxAfter(was: Inbox, event: StreamEvent, looking: Looking): Inbox {
  const next = { ...was, seq: event.seq };
  const told = (sosId: string, what: News['what']): News[] => [
    ...was.news.slice(1 - NEWS_KEPT),
    { seq: event.seq, atMs: event.atMs, sosId, what, isAway: isMissed(event.atMs, looking) },
  ];
  switch (event.type) {
    case 'offer.sent':
      return { ...next, offers: [...others(was.offers, event.data), { ...event.data, sinceMs: event.atMs }] };
    case 'offer.closed':
      return { ...next, ...closed(was, event.data, (what) => told(event.data.sosId, what)) };
    case 'sos.assigned':
      return {
        ...next,
        holding: event.data.sosId,
        isNudged: false,
        offers: was.offers.filter(({ sosId }) => sosId !== event.data.sosId),
        reserves: was.reserves.filter(({ sosId }) => sosId !== event.data.sosId),
        // What one accepted oneself is no news.
        news: isByOwner(event) ? was.news : told(event.data.sosId, { kind: 'assigned' }),
      };
    case 'sos.promoted':
      return { ...next, news: told(event.data.sosId, { kind: 'promoted' }) };
    case 'sos.nudged':
      return { ...next, isNudged: was.holding === event.data.sosId };
    case 'sos.released':
      return {
        ...next,
        holding: was.holding === event.data.sosId ? null : was.holding,
        isNudged: false,
        news: told(event.data.sosId, { kind: 'released', reason: event.data.reason }),
      };
    case 'broadcast.sent':
      return { ...next, broadcasts: [...was.broadcasts, event.data] };
    case 'broadcast.ended':
      return {
        ...next,
        broadcasts: was.broadcasts.filter(({ broadcastId }) => broadcastId !== event.data.broadcastId),
      };
    default:
      return next;
  }
}

const isByOwner = ({ stream, actorId }: StreamEvent) => stream === `inbox:${actorId}`;

const isMissed = (atMs: number, { nowMs, isVisible }: Looking) => !isVisible || nowMs - atMs > LATE_MS;

const others = <T extends { readonly offerId: string }>(
  from: readonly T[],
  { offerId }: { offerId: string },
) => from.filter((one) => one.offerId !== offerId);

type Closed = Extract<StreamEvent, { type: 'offer.closed' }>['data'];

function closed(was: Inbox, data: Closed, told: (what: News['what']) => News[]): Partial<Inbox> {
  const offer = was.offers.find(({ offerId }) => offerId === data.offerId);
  const rest = { offers: others(was.offers, data), reserves: others(was.reserves, data) };
  // What one said oneself is no news.
  if (data.reason === 'declined' || data.reason === 'asked_again') return rest;
  const news = told({ kind: 'closed', reason: data.reason });
  if (data.reason !== 'reserve' || !offer) return { ...rest, news };
  const { sinceMs, ...kept } = offer;
  return { ...rest, reserves: [...rest.reserves, kept], news };
}

/** Its person has read the news. */
export const newsRead = (was: Inbox): Inbox => ({ ...was, news: [] });

/** The offer to put before somebody: not yet over, real before drill, the one that ends first. Null while they hold an SOS. */
export function offerToShow({ offers, holding }: Inbox, nowMs: number): Inbox['offers'][number] | null {
  if (holding !== null) return null;
  const open = offers.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  const order = (one: Offer) => (one.isDrill ? Number.MAX_SAFE_INTEGER / 2 : 0) + one.expiresAtMs;
  return open.sort((a, b) => order(a) - order(b))[0] ?? null;
}

/** How much of an offer's time is left, 1 to 0. */
export function offerPart({ sinceMs, expiresAtMs }: Inbox['offers'][number], nowMs: number): number {
  const whole = Math.max(1, expiresAtMs - sinceMs);
  return Math.min(1, Math.max(0, (expiresAtMs - nowMs) / whole));
}

/** What the device has kept of the inbox, or an empty one. */
export function readInbox(kept: string | null): Inbox {
  try {
    return inbox.parse(JSON.parse(kept ?? ''));
  } catch {
    return EMPTY_INBOX;
  }
}
