import { coarseCell } from '../geo/coarse.ts';
import type { LatLng } from '../geo/lat-lng.ts';
import type { Clock } from '../lib/clock.ts';
import { groupBy } from '../lib/group-by.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { fromCursor, toCursor } from './cursor.ts';
import type { ClosedAsked, HeldSos, ListedSos, ListStore, OpenAfter, Page } from './lists.ts';
import { nearestAvailable } from './nearest.ts';
import type { Disclosures } from './reading.ts';
import type { Dispatch } from './service.ts';
import type { Skill } from './skills.ts';
import type { Contacts, Viewer } from './view.ts';

export interface HistoryParts {
  readonly dispatch: Pick<Dispatch, 'roster' | 'policy'>;
  readonly lists: ListStore;
  readonly clock: Clock;
  readonly contacts: (userIds: readonly string[]) => Promise<Contacts>;
  /** What others thought of people's help, by id. */
  readonly ratings: (userIds: readonly string[]) => Promise<ReadonlyMap<string, Rating>>;
  readonly disclosures: Disclosures;
}

export interface Rating {
  /** 0 to 5; 0 without ratings. */
  readonly averageRating: number;
  readonly cancellationCount: number;
}

export interface Asked {
  /** From the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Nearby {
  readonly point: LatLng;
  readonly radiusM: number;
  /** One of these; none: anybody. */
  readonly skills: readonly Skill[];
  readonly limit: number;
}

/** Lists of many SOS and of people, as each viewer may see them. Pages go on by a cursor, never by a count. */
export function openHistories({ dispatch, lists, clock, contacts, ratings, disclosures }: HistoryParts) {
  const namesOf = async (ids: Iterable<string | null>): Promise<Contacts> => {
    const known = [...new Set(ids)].filter((id) => id !== null);
    return known.length === 0 ? new Map() : contacts(known);
  };

  /** For dispatchers: everything, with who needs help and who comes. */
  const forDispatchers = async (viewer: Viewer, sos: readonly ListedSos[]) => {
    const people = await namesOf(sos.flatMap((one) => [one.requesterId, one.acceptedBy]));
    const nowMs = clock.nowMs();
    return sos.map((one) => {
      if (one.requesterId) disclosures.saw(viewer, one.requesterId, one.sosId);
      const requester = one.requesterId === null ? undefined : people.get(one.requesterId);
      return {
        ...one,
        requesterName: requester?.name ?? null,
        requesterPhone: requester?.phone ?? null,
        primaryName: (one.acceptedBy && people.get(one.acceptedBy)?.name) ?? null,
        elapsedMs: Math.max(0, (one.closedAtMs ?? nowMs) - one.createdAtMs),
      };
    });
  };

  return {
    /** For dispatchers: what is open, the most urgent first, of those who waits longest. */
    async open(viewer: Viewer, { cursor, limit }: Asked) {
      const after = cursor === undefined ? null : openAfter(cursor);
      if (cursor !== undefined && !after) return NO_CURSOR;
      const { sos, last } = await lists.open({ after, limit });
      const next = last && sos.length === limit ? toCursor(...last) : null;
      return ok({ sos: await forDispatchers(viewer, sos), next });
    },

    /** For dispatchers: what is over, newest first. */
    async closed(viewer: Viewer, asked: Asked & ClosedAsked) {
      const page = pageAfter(asked);
      if (!page) return NO_CURSOR;
      const sos = await lists.closed(page, asked);
      return ok({ sos: await forDispatchers(viewer, sos), next: nextOf(sos, asked) });
    },

    /** The SOS of one person, with who helped; `viewer` is that person or a dispatcher. Newest first. */
    async raised(viewer: Viewer, userId: string, asked: Asked) {
      const page = pageAfter(asked);
      if (!page) return NO_CURSOR;
      const sos = isUuid(userId) ? await lists.raisedBy(userId, page) : [];
      const ids = sos.map(({ sosId }) => sosId);
      const held = groupBy(await lists.holdings(ids), ({ sosId }) => sosId);
      const said = new Map((await lists.feedback(ids)).map((f) => [`${f.sosId}/${f.volunteerId}`, f]));
      const people = await namesOf([...held.values()].flat().map(({ responderId }) => responderId));
      for (const { sosId } of sos) disclosures.saw(viewer, userId, sosId);
      const rows = sos.map(({ requesterId: _, callbackNumber: __, ownerId: ___, ...one }) => ({
        ...one,
        durationMs: one.closedAtMs === null ? null : one.closedAtMs - one.createdAtMs,
        helpers: (held.get(one.sosId) ?? []).map((holding) => ({
          userId: holding.responderId,
          name: people.get(holding.responderId)?.name ?? null,
          rating: said.get(`${one.sosId}/${holding.responderId}`)?.rating ?? null,
          comment: said.get(`${one.sosId}/${holding.responderId}`)?.comment ?? null,
          ...placeOf(holding),
        })),
      }));
      return ok({ sos: rows, next: nextOf(sos, asked) });
    },

    /**
     * The SOS in which one person held any place, primary or in support. Newest first; places are coarse, because
     * whoever was released is not entitled to the exact one any more.
     */
    async held(userId: string, asked: Asked) {
      const page = pageAfter(asked);
      if (!page) return NO_CURSOR;
      const held = isUuid(userId) ? await lists.heldBy(userId, page) : [];
      const rows = held.map(({ sos, holding }) => ({
        sosId: sos.sosId,
        status: sos.status,
        emergencyType: sos.emergencyType,
        priority: sos.priority,
        isDrill: sos.isDrill,
        cell: coarseCell(sos.point),
        createdAtMs: sos.createdAtMs,
        closedAtMs: sos.closedAtMs,
        ...placeOf(holding),
      }));
      const ids = held.map(({ sos }) => sos);
      return ok({ sos: rows, next: nextOf(ids, asked) });
    },

    /** What people did who help, drills not counted. */
    async figuresOf(userIds: readonly string[]) {
      const known = userIds.filter(isUuid);
      const rated = await ratings(known);
      return (await lists.figuresOf(known)).map((figures) => ({
        ...figures,
        averageRating: rated.get(figures.userId)?.averageRating ?? 0,
        cancellationCount: rated.get(figures.userId)?.cancellationCount ?? 0,
      }));
    },

    /** For dispatchers: who could be sent to a place now, nearest first. */
    async nearest(viewer: Viewer, { point, radiusM, skills, limit }: Nearby) {
      const { fixMaxAgeMs } = dispatch.policy.body.base;
      const wanted = { point, radiusM, limit, skills, rule: { fixMaxAgeMs } };
      const found = nearestAvailable(dispatch.roster, wanted, clock.nowMs());
      const ids = found.map(({ userId }) => userId);
      const [people, rated] = [await namesOf(ids), await ratings(ids)];
      return found.map(({ userId, distanceM }) => {
        // How far they are from a point of one's own choice tells where they are.
        disclosures.saw(viewer, userId);
        return {
          userId,
          name: people.get(userId)?.name ?? null,
          phone: people.get(userId)?.phone ?? null,
          skills: dispatch.roster.get(userId)?.skills ?? [],
          averageRating: rated.get(userId)?.averageRating ?? 0,
          distanceM,
        };
      });
    },

    /** For dispatchers: what people are called, how they are reached and what they can do. */
    async names(ids: readonly string[]) {
      const people = await namesOf(ids);
      return [...people].map(([userId, { name, phone }]) => ({
        userId,
        name,
        phone,
        skills: dispatch.roster.get(userId)?.skills ?? [],
      }));
    },

    phases: lists.phases,
  };
}

export type Histories = ReturnType<typeof openHistories>;

const NO_CURSOR: Result<never, 'bad_request'> = refused('bad_request', 'cursor: not one of this list');

const placeOf = ({
  role,
  heldAtMs,
  primaryAtMs,
  departedAtMs,
  arrivedAtMs,
  endedAtMs,
  endedBy,
}: HeldSos) => ({
  role,
  heldAtMs,
  primaryAtMs,
  departedAtMs,
  arrivedAtMs,
  endedAtMs,
  endedBy,
});

function pageAfter({ cursor, limit }: Asked): Page<string> | null {
  if (cursor === undefined) return { after: null, limit };
  const [id, ...rest] = fromCursor(cursor) ?? [];
  return typeof id === 'string' && isUuid(id) && rest.length === 0 ? { after: id, limit } : null;
}

const nextOf = (sos: readonly { sosId: string }[], { limit }: Asked): string | null => {
  const last = sos.length === limit ? sos.at(-1) : undefined;
  return last ? toCursor(last.sosId) : null;
};

const LATEST_MS = 8.64e15;

function openAfter(cursor: string): OpenAfter | null {
  const [urgency, atMs, id, ...rest] = fromCursor(cursor) ?? [];
  if (typeof id !== 'string' || !isUuid(id) || rest.length > 0) return null;
  if (urgency !== 1 && urgency !== 2 && urgency !== 3 && urgency !== 4) return null;
  const isTime = typeof atMs === 'number' && atMs >= 0 && atMs <= LATEST_MS;
  return isTime ? [urgency, atMs, id] : null;
}
