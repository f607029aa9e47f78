import { latLngToCell } from 'h3-js';
import { pgPresence } from './dispatch/pg-presence.ts';
import type { Dispatch } from './dispatch/service.ts';
import { type Bus, type LookTopic, NO_BUS } from './fanout/bus.ts';
import type { Hub } from './fanout/hub.ts';
import { Mirror, standInOnly } from './fanout/mirror.ts';
import { BEAT_MS, Leases } from './fanout/nodes/leases.ts';
import type { Carries } from './fanout/redis/partitions.ts';
import { RedisBus } from './fanout/redis/redis-bus.ts';
import { SharedSpending, type SharedSpendingOptions } from './fanout/spending.ts';
import { StandIn } from './fanout/stand-in.ts';
import type { LogEvent } from './fanout/types.ts';
import { pgSpent } from './journal/spent.ts';
import { must } from './lib/assert.ts';
import { errorFields } from './lib/log.ts';
import { redisAddressOf } from './lib/redis-address.ts';
import type { Spending } from './lib/spending.ts';
import { followEvent } from './node-log.ts';
import type { Site } from './node-site.ts';
import type { Db } from './store/db.ts';

/** A node that comes waits so long for Redis; after that the log has to do, and it joins when Redis answers. */
const REDIS_WITHIN_MS = 5_000;
/** A node that is silent stays on the list so much longer than its lease, for whoever sweeps behind it. */
const LEASE_KEPT_MS = 60_000;
/** Cells of about 180 km across: people of one are written to Redis together. */
const REGION_RESOLUTION = 2;

/** What connects this node with the others. */
export interface Nerves {
  readonly bus: Bus;
  readonly leases: Leases;
  /** What is spent on other nodes of what is limited for a person or an address. */
  readonly spending: Spending;
  /** Connects what is told by others with what is here, and resolves when this node knows what they know. */
  join(parts: NervesParts): Promise<void>;
}

export interface NervesParts {
  readonly db: Db;
  readonly dispatch: Dispatch;
  readonly hub: Hub;
  /** Something may have been lost: the log is to be read now. */
  readonly lookAtLog: () => void;
  /** Something beside the log is to be read now. */
  readonly look: Readonly<Record<LookTopic, () => void>>;
  readonly locateHere: (userIds: readonly string[]) => void;
}

/** The nerves of this node: over Redis where one is set, and always by the store, a second later. */
export function buildNerves(site: Site): Nerves {
  const { clock, nodeId, config } = site;
  const leases = new Leases(clock, nodeId);
  leases.onGone((gone) => {
    site.metrics.count('nodes_gone_total');
    site.log.warn(
      { gone },
      'a node has not been heard of for ten seconds; its people count as not connected',
    );
  });
  let tell: SharedSpendingOptions['tell'] = () => false;
  const spending = new SharedSpending({
    ...site,
    log: site.log.named('fanout'),
    hasOthers: () => leases.others().length > 0,
    tell: (rows) => tell(rows),
  });
  const shareSpending = (db: Db) => {
    spending.start(pgSpent(db));
    site.releasers.add('spending', () => spending.stop());
  };
  if (config.redisUrl === null) {
    const join = async (parts: NervesParts) => {
      await mirrorPeople(site, leases, parts, null);
      shareSpending(parts.db);
    };
    return { bus: NO_BUS, leases, spending, join };
  }
  let lookAtLog = () => {};
  const address = must(redisAddressOf(config.redisUrl), 'an address that was checked');
  const open = (carries: Carries) => {
    const bus = new RedisBus({
      ...site,
      address,
      prefix: config.redisPrefix,
      carries,
      log: site.log.named('fanout'),
      onGap: () => lookAtLog(),
      report: site.engines.reporter('redis'),
    });
    site.releasers.add(`bus of ${carries}`, () => bus.stop());
    leases.onGone((gone) => bus.forget(gone));
    return bus;
  };
  // An event must not wait behind the rows of twenty thousand who move, nor behind what others have spent of limits.
  const [bulk, bus] = [open('rows'), open('events')];
  tell = (rows) => {
    if (bulk.isUp) bulk.tell('spent', ['spent', rows]);
    return bulk.isUp;
  };
  return {
    bus,
    leases,
    spending,
    join: async (parts) => {
      lookAtLog = parts.lookAtLog;
      parts.dispatch.policies.onSet(() => bus.tell('policies', ['look', 'policies']));
      bus.onMessage((message) => {
        if (message[0] === 'event') void hear(site, parts, message[1]);
        else if (message[0] === 'look') parts.look[message[1]]();
        else if (message[0] === 'locate') parts.locateHere(message[1]);
      });
      bulk.onMessage((message) => {
        if (message[0] === 'spent') spending.hear(message[1]);
      });
      await Promise.all([bus.ready(REDIS_WITHIN_MS), bulk.ready(REDIS_WITHIN_MS)]);
      await beat(site, bus, leases);
      await mirrorPeople(site, leases, parts, bulk);
      shareSpending(parts.db);
    },
  };
}

async function hear(
  { log, metrics }: Pick<Site, 'log' | 'metrics'>,
  { dispatch, hub }: Pick<NervesParts, 'dispatch' | 'hub'>,
  event: LogEvent,
): Promise<void> {
  try {
    await followEvent(dispatch, hub, event);
  } catch (error) {
    // The log's tail brings it again.
    metrics.count('bus_events_put_off_total');
    log.warn(errorFields(error), 'an event of another node could not be followed yet');
  }
}

/** Resolves when this node knows of everybody whom the others know of. */
async function mirrorPeople(
  site: Site,
  leases: Leases,
  { db, dispatch: { roster } }: NervesParts,
  bus: RedisBus | null,
): Promise<void> {
  const shared = { ...site, leases, log: site.log.named('fanout') };
  const standIn = new StandIn({
    ...shared,
    table: pgPresence(db),
    placeElsewhere: (nodeId, row) => roster.placeElsewhere(nodeId, row),
    onSwept: () => mirror.writeAll(),
  });
  const mirror: Mirror = new Mirror({
    ...shared,
    standIn,
    people: roster,
    regionOf: ({ lat, lng }) => latLngToCell(lat, lng, REGION_RESOLUTION),
    store: bus ?? standInOnly(standIn),
  });
  roster.onChange((userId, where) => {
    if (where === 'here') mirror.changed(userId);
  });
  for (const userId of roster.ownIds()) mirror.changed(userId);
  await standIn.start();
  site.releasers.add('stand-in', () => standIn.stop());
  await mirror.read();
  site.releasers.add('mirror', () => mirror.stop());
}

/** Renews this node's lease and looks at those of the others, for as long as it lives. */
async function beat(site: Site, bus: RedisBus, leases: Leases): Promise<void> {
  const { clock, log, releasers } = site;
  let isStopped = false;
  let cancel = () => {};
  const once = async () => {
    try {
      leases.heard(await bus.beat(LEASE_KEPT_MS));
    } catch (error) {
      leases.sweep();
      log.debug(errorFields(error), 'the lease of this node was not renewed');
    }
  };
  const again = () => {
    if (isStopped) return;
    cancel = clock.after(BEAT_MS, () => void once().finally(again));
  };
  releasers.add('lease', async () => {
    isStopped = true;
    cancel();
  });
  await once();
  again();
}
