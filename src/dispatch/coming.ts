import { may } from '../access/may.ts';
import type { LatLng } from '../geo/lat-lng.ts';
import { heldSlots } from './machine/state.ts';
import type { Disclosures } from './reading.ts';
import type { Dispatch } from './service.ts';
import { type Contact, relationsTo } from './view.ts';

/** Somebody who has said yes to an SOS, as the person in trouble sees them. */
export interface Coming {
  readonly sosId: string;
  readonly responderId: string;
  readonly name: string | null;
  /** Where they were last, and when that was received; null: not known. */
  readonly at: (LatLng & { readonly atMs: number }) | null;
}

export interface ComingOptions {
  readonly dispatch: Pick<Dispatch, 'known' | 'roster'>;
  readonly contacts: (userIds: readonly string[]) => Promise<ReadonlyMap<string, Contact>>;
  readonly disclosures: Disclosures;
}

const NO_GRANTS = { grants: [] } as const;

/**
 * Who comes to help somebody at this moment, and where they are: for an app that can show nothing but friends on a map. As
 * long as they hold a place in an open SOS of that person and no longer; each sight of a place is on record (invariant 6).
 */
export function comingTo({ dispatch, contacts, disclosures }: ComingOptions) {
  return async (userId: string): Promise<Coming[]> => {
    const held = dispatch.known.requestedBy(userId).flatMap((state) => {
      const mayFollow = may(NO_GRANTS, 'follow', 'position', relationsTo({ userId }, state)).allowed;
      return mayFollow ? heldSlots(state).map(({ holder }) => ({ sosId: state.id, ...holder })) : [];
    });
    if (held.length === 0) return [];
    const people = await contacts(held.map(({ responderId }) => responderId));
    return held
      .filter(({ sosId, responderId }) => isStillComing(sosId, responderId))
      .map(({ sosId, responderId }) => {
        const at = placeOf(responderId);
        if (at) disclosures.saw({ userId, isDispatcher: false }, responderId);
        return { sosId, responderId, name: people.get(responderId)?.name ?? null, at };
      });
  };

  /** Asked again, because they may have been released while their names were read. */
  function isStillComing(sosId: string, responderId: string): boolean {
    const state = dispatch.known.get(sosId);
    return state !== undefined && heldSlots(state).some(({ holder }) => holder.responderId === responderId);
  }

  function placeOf(responderId: string): Coming['at'] {
    const responder = dispatch.roster.get(responderId);
    if (!responder?.point || responder.locatedAtMs === null) return null;
    return { lat: responder.point.lat, lng: responder.point.lng, atMs: responder.locatedAtMs };
  }
}
