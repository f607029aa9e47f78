import type { OpenedAccounts } from './accounts/accounts.ts';
import { Broadcasts } from './dispatch/broadcasts.ts';
import { handOffsJob } from './dispatch/hand-offs.ts';
import { pgBroadcasts } from './dispatch/pg-broadcasts.ts';
import { pgHandOffs } from './dispatch/pg-hand-offs.ts';
import { pgShifts } from './dispatch/pg-shifts.ts';
import type { Dispatch } from './dispatch/service.ts';
import { Shifts } from './dispatch/shifts.ts';
import type { LogEvent } from './dispatch/store.ts';
import type { Hub } from './fanout/hub.ts';
import type { Services } from './gateway/services.ts';
import type { Job } from './jobs/job.ts';
import { handOffReceiverOf } from './node-outside.ts';
import type { Site } from './node-site.ts';
import { openPlaceSearch } from './places/places.ts';
import type { Db } from './store/db.ts';
import { pgWithin } from './telemetry/pg-within.ts';

export interface AreaServices {
  readonly services: Pick<Services, 'broadcasts' | 'shifts' | 'places' | 'handOffs'>;
  readonly jobs: readonly Job[];
}

interface Rooms {
  readonly db: Db;
  readonly dispatch: Dispatch;
  readonly accounts: Pick<OpenedAccounts, 'grantsOf' | 'contactOf'>;
  readonly hub: Hub;
}

/** What dispatchers do besides single SOS. None of it goes over the connections that are kept for SOS. */
export async function buildArea(site: Site, { db, dispatch, accounts, hub }: Rooms): Promise<AreaServices> {
  const log = site.log.named('dispatch');
  const { config } = site;
  const publish = (event: LogEvent) => hub.publish(event);
  const shared = { ...site, log, publish, dispatch };
  const broadcasts = new Broadcasts({
    ...shared,
    store: pgBroadcasts(db),
    positions: pgWithin(db),
    roster: dispatch.roster,
  });
  site.releasers.add('broadcasts', () => broadcasts.stop());
  const isDispatcher = async (userId: string) => (await accounts.grantsOf(userId)).includes('dispatcher');
  const shifts = new Shifts({ ...shared, store: pgShifts(db), isDispatcher });
  const { placesFile: file, geocoderUrl, geocoderTimeoutMs } = config;
  const places = await openPlaceSearch({
    ...site,
    log: site.log.named('places'),
    file,
    geocoderUrl,
    geocoderTimeoutMs,
  });
  site.releasers.add('search of places', () => places.stop());
  const handOffs = pgHandOffs(db);
  const receiver = await handOffReceiverOf(site);
  const phoneOf = async (userId: string) => (await accounts.contactOf([userId])).get(userId)?.phone ?? null;
  const jobs: Job[] = [broadcasts.job, shifts.job];
  if (receiver) jobs.push(handOffsJob({ ...shared, store: handOffs, receiver, phoneOf }));
  return { services: { broadcasts, shifts, places, handOffs }, jobs };
}
