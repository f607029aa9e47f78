import { may } from './access/may.ts';
import type { OpenedAccounts } from './accounts/accounts.ts';
import { caredFor } from './accounts/cared-for.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Bus } from './fanout/bus.ts';
import type { Hub } from './fanout/hub.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import type { Fence } from './telemetry/geofences/fence.ts';
import { type FenceService, openFenceService } from './telemetry/geofences/fence-service.ts';
import { Fences } from './telemetry/geofences/fences.ts';
import { pgFences } from './telemetry/pg-geofences.ts';
import type { LivePositions } from './telemetry/positions/steps.ts';

/** Fences around places, and who is told where people are now. */
export interface GeofenceServices {
  readonly service: FenceService;
  readonly jobs: OpenedAccounts['jobs'];
  readonly live: LivePositions;
  /** Something was set on another node. */
  readonly look: () => void;
}

interface Around {
  readonly accounts: Pick<OpenedAccounts, 'grantsOf'>;
  readonly dispatch: Pick<Dispatch, 'roster'>;
  readonly hub: Hub;
  readonly bus: Bus;
}

export async function buildGeofences(
  site: Site,
  { db }: Stores,
  { accounts, dispatch, hub, bus }: Around,
): Promise<GeofenceServices> {
  const people = caredFor(db);
  /** The person, who cares for them, and whoever made it as long as they may see it. */
  const audience = async ({ personId, createdBy, tellsTeam }: Fence): Promise<string[]> => {
    const person = await people.person(personId);
    if (!person) return [];
    const team = tellsTeam ? await people.careTeam(person) : [];
    const told = new Set([personId, ...team]);
    if (!told.has(createdBy)) {
      const [grants, relations] = await Promise.all([
        accounts.grantsOf(createdBy),
        people.relations(createdBy, person),
      ]);
      if (may({ grants }, 'read', 'geofence', relations).allowed) told.add(createdBy);
    }
    return [...told];
  };
  const fences = new Fences({
    ...site,
    store: pgFences(db),
    audience,
    publish: (event) => hub.publish(event),
    onSet: () => bus.tell('geofences', ['look', 'geofences']),
    log: site.log.named('telemetry'),
  });
  site.releasers.add('geofences', () => fences.stop());
  await fences.start();
  return {
    service: openFenceService({ people, fences }),
    jobs: [fences.job],
    look: () => fences.look(),
    live: {
      moved: (userId, lat, lng, atMs, accuracyM) => {
        dispatch.roster.moved(userId, { lat, lng }, atMs);
        fences.moved(userId, lat, lng, accuracyM);
      },
    },
  };
}
