import { may } from './access/may.ts';
import { type Access, openAccess } from './accounts/access-service.ts';
import { type OpenedAccounts, openAccounts } from './accounts/accounts.ts';
import { openDevices } from './accounts/devices.ts';
import type { Devices } from './accounts/devices-types.ts';
import { everyVolunteer } from './accounts/every-volunteer.ts';
import { openPlaces } from './accounts/mmdb-places.ts';
import type { People } from './accounts/people.ts';
import type { Accounts } from './accounts/types.ts';
import { needsSecondFactor } from './config.ts';
import { isOwnAddress } from './config-checks.ts';
import { comingTo } from './dispatch/coming.ts';
import type { DispatchOptions } from './dispatch/options.ts';
import { pgDispatchStore } from './dispatch/pg.ts';
import { pgFeedback } from './dispatch/pg-feedback.ts';
import { pgListStore } from './dispatch/pg-lists.ts';
import { dispatchReading } from './dispatch/reading.ts';
import type { Dispatch } from './dispatch/service.ts';
import { openSosRecords } from './dispatch/sos-records.ts';
import { DispatchFeed } from './fanout/feed.ts';
import { Hub } from './fanout/hub.ts';
import { SUBSCRIPTION_LIMITS } from './fanout/subscription.ts';
import { Subscriptions } from './fanout/subscriptions.ts';
import type { Disclosures, Viewer } from './fanout/types.ts';
import type { Services } from './gateway/services.ts';
import { type JobDesk, openJobDesk } from './jobs/desk.ts';
import { ensurePartitions, partitionsJob } from './jobs/partitions.ts';
import { retentionJob } from './jobs/retention.ts';
import { Scheduler } from './jobs/scheduler.ts';
import { eventSource } from './journal/event-log.ts';
import { tailPosition } from './journal/tail.ts';
import { systemClock } from './lib/clock.ts';
import { EngineHealth } from './lib/engine-health.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { logOnceAway } from './lib/log-once-away.ts';
import { Releasers } from './lib/releasers.ts';
import { buildAlerts, feedEntitlement, withAlerts } from './node-alerts.ts';
import { buildApps } from './node-apps.ts';
import { type AreaServices, buildArea } from './node-area.ts';
import { buildCare } from './node-care.ts';
import { buildConnections } from './node-connections.ts';
import { buildDeciders } from './node-deciders.ts';
import { buildDispatch, commandsOf, startRosterWriter } from './node-dispatch.ts';
import { openDoor } from './node-door.ts';
import { buildFhir } from './node-fhir.ts';
import { figuresJob } from './node-figures.ts';
import { buildGeofences } from './node-geofences.ts';
import { buildResumes, followLog } from './node-log.ts';
import { buildNerves, type Nerves } from './node-nerves.ts';
import { buildPeople, documentStore, notifiersOf } from './node-outside.ts';
import { type NodeOverload, watchOverload } from './node-overload.ts';
import { grantsInOutage, openOutage } from './node-provisional.ts';
import { buildPush } from './node-push.ts';
import { buildRecords, withRecords } from './node-records.ts';
import { buildSeries } from './node-series.ts';
import type { NodeParts, Site } from './node-site.ts';
import { buildDeviceClocks, buildTelemetry, isInvolved, told } from './node-telemetry.ts';
import { buildVitals, countVitals, type VitalsServices } from './node-vitals.ts';
import { deliveriesJob } from './notify/job.ts';
import { openStore, type Stores } from './store/open-store.ts';
import type { Alerts } from './telemetry/alerts/alerts.ts';
import { pgTracks } from './telemetry/pg-tracks.ts';

export interface Node {
  readonly url: string;
  /** Path and fragment of the one-time link for the first administrator; null once there is one. */
  readonly setupLink: string | null;
  /** Tells clients, finishes, stores, closes. Loses nothing that was acknowledged. */
  stop(): Promise<void>;
}

/** A store that has not answered for so long makes the node not ready. */
const STORE_SILENT_MS = 3_000;

/** Builds one node in order; what was built is released in reverse, also when building fails half-way. */
export async function startNode(parts: NodeParts): Promise<Node> {
  const clock = systemClock;
  const random = Math.random;
  const newId = uuidV7Maker(clock.nowMs, random);
  const engines = new EngineHealth({ ...parts, clock, log: parts.log.named('node') });
  const log = logOnceAway(parts.log, () => engines.isAway('store'));
  const bare = { ...parts, log, clock, random, newId, engines, nodeId: newId(), releasers: new Releasers() };
  const load = watchOverload(bare);
  const site = { ...bare, overload: () => load.watch.now };
  const stop = () => release(site);
  try {
    return { ...(await build(site, load)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(site: Site, load: NodeOverload): Promise<Omit<Node, 'stop'>> {
  const startedAtMs = site.clock.nowMs();
  const stores = await buildStores(site);
  load.measure({ takeStoreWaitMs: () => stores.takeWaitMs() });
  const nerves = buildNerves(site);
  const hub = new Hub({
    log: site.log.named('fanout'),
    metrics: site.metrics,
    tellOthers: (event) => nerves.bus.tell(event.stream, ['event', event]),
  });
  const position = await tailPosition(stores.db);
  let locate = (_userIds: readonly string[]) => {};
  let spam: NonNullable<DispatchOptions['onSpam']> = () => {};
  const push = buildPush(site, stores.db);
  const inner = pgDispatchStore(stores.sosDb, push.keepOffers);
  const deciders = buildDeciders(site, nerves);
  const outage = await openOutage(site, { ...stores, db: stores.sosDb, inner, hub, deciders });
  const dispatch = await buildDispatch(site, outage, hub, {
    locate: (userIds) => {
      locate(userIds);
      nerves.bus.tell('locate', ['locate', userIds]);
    },
    onSpam: (told) => spam(told),
  });
  // A storm of reconnects reads much: it goes where no SOS waits behind it.
  const readStore = pgDispatchStore(stores.db);
  startRosterWriter(site, dispatch, readStore);
  const accounts = await buildAccounts(site, stores, dispatch, nerves, outage.graceMs);
  spam = accounts.noteSpam;
  const access = buildAccess(site, stores, accounts);
  const devices = buildDevices(site, stores, accounts, nerves, outage.graceMs);
  devices.onStandingChange(({ userId }) => {
    accounts.changedHere(userId);
    nerves.bus.tell('accounts', ['look', 'accounts']);
  });
  const deciding = { dispatch, outage, deciders };
  const { alerts, ...alerting } = await buildAlerts(site, { ...stores, ...deciding, hub, accounts });
  const care = buildCare(site, stores, { access, hub });
  const { bus } = nerves;
  const vitals = await buildVitals(site, stores, { findings: alerts, onJudged: care.onJudged, bus });
  care.knownBy(vitals.vigil);
  const series = buildSeries(site, stores, access);
  const geofences = await buildGeofences(site, stores, { accounts, dispatch, hub, bus });
  const watches = {
    live: geofences.live,
    vitals: told(vitals.vigil, series.watch),
    alarms: alerts,
  };
  const telemetry = buildTelemetry(site, stores, dispatch, watches);
  const fhir = buildFhir(site, stores, accounts, {
    ...told(vitals.onRecord, series.watch),
    retracted: vitals.onRecord.retracted,
  });
  const connecting = await buildConnections(site, { ...stores, hub, watch: watches.vitals });
  const documents = documentStore(site);
  const people = buildPeople(site, accounts, documents, (userId) => {
    dispatch.forgetPerson(userId);
    void vitals.vigil.forget(userId);
  });
  const area: AreaServices = await buildArea(site, { db: stores.db, dispatch, accounts, hub });
  const chores = [
    ...accounts.jobs,
    ...access.jobs,
    ...people.chores,
    ...area.jobs,
    ...series.jobs,
    ...geofences.jobs,
    ...connecting.jobs,
  ];
  const jobs = await startJobs(site, stores, chores);
  const { tail, recent } = await followLog(site, { db: stores.sosDb, dispatch, hub, from: position });
  await nerves.join({
    db: stores.db,
    dispatch,
    hub,
    lookAtLog: () => void tail.poll().catch(() => {}),
    look: {
      accounts: () => accounts.lookForChanges(),
      policies: () => void dispatch.policies.look(),
      geofences: geofences.look,
      vitals: () => vitals.vigil.look(),
    },
    locateHere: (userIds) => locate(userIds),
  });

  const contacts = (userIds: readonly string[]) => accounts.contactOf(userIds);
  const disclosures = disclosuresTo(access);
  const isProvisional = (sosId: string) => outage.isUnsettled(`sos:${sosId}`);
  const looking = { dispatch, contacts, disclosures, clock: site.clock, isProvisional };
  const kept = { lists: pgListStore(stores.db), tracks: pgTracks(stores.db) };
  const reading = dispatchReading({ ...looking, store: readStore });
  const sights = withAlerts(reading, alerting.reading, access, site.clock);
  const { entitlement, snapshots } = withRecords(sights, stores.db, site.clock);
  const events = eventSource(stores.db);
  const degraded = () => site.engines.away.map(({ engine }) => engine);
  const shared = { ...site, degraded, hub, events, recent, entitlement, log: site.log.named('fanout') };
  const feed = new DispatchFeed({
    ...shared,
    entitlement: feedEntitlement({ ...entitlement, project: reading.projectForFeed }, alerting.board),
    mayWatch,
    source: {
      ...reading,
      feedSnapshot: () => ({ ...reading.feedSnapshot(), alerts: alerting.board.snapshot() }),
    },
    disclosures,
    storeWatch: outage,
    isInvolved: isInvolved(dispatch),
  });
  load.watch.onChange(() => feed.overloaded());
  site.engines.onChange(() => feed.degraded());
  site.releasers.add('feed', () => feed.close());
  dispatch.roster.onChange((_userId, _where, handle) => feed.markResponder(handle));

  const services: Services = {
    accounts: { ...accounts, register: registrationOf(site, accounts, people) },
    people,
    access,
    dispatch: {
      ...reading,
      ...commandsOf(dispatch, { grantsOf: grantsInOutage(accounts, outage), deciders, outage, disclosures }),
    },
    sos: openSosRecords({ ...looking, ...kept, ratings: accounts.ratingsOf, readAfter: events.readAfter }),
    coming: comingTo(looking),
    devices,
    connections: connecting.connections,
    feedback: pgFeedback(stores.db, site.newId),
    ...area.services,
    alerts: alerting.service,
    telemetry,
    deviceClocks: buildDeviceClocks(site, stores),
    history: series.history,
    geofences: geofences.service,
    push: push.desk(dispatch),
    ...buildRecords(site, stores, { access, hub, push, documents }),
    fhir,
    bedside: vitals.bedside,
    apps: buildApps(site, stores, { ...looking, live: geofences.live }),
    presence: dispatch.roster,
    resumes: buildResumes(accounts, dispatch, recent),
    events,
    entitlement,
    snapshots,
    jobs,
    health: {
      nodeId: site.nodeId,
      startedAtMs,
      otherNodes: () => nerves.leases.others(),
      away: () => site.engines.away,
      logSilentMs: () => tail.silentForMs(),
      notReady: () => {
        const isSilent = site.engines.isAway('store') || tail.silentForMs() > STORE_SILENT_MS;
        return isSilent && !outage.goesOn ? 'The database does not answer.' : null;
      },
    },
    metricsText: () => metricsText(site, dispatch, vitals, alerts),
  };
  const subscriptions = new Subscriptions({
    ...shared,
    snapshots,
    limits: SUBSCRIPTION_LIMITS,
    storeWatch: outage,
  });
  // Before anybody is let in: behind them it could wait longer than the store may take.
  const setupToken = await accounts.setupLinkToken();
  // Other nodes may ask this one from here on, and give it no longer than the store may take.
  stores.started();
  await outage.start(dispatch);
  const { url, gateway } = await openDoor(site, {
    graceMs: outage.graceMs,
    services,
    subscriptions,
    feed,
    tails: series.tails,
    care: care.feed,
    onLimitExceeded: accounts.noteLimitExceeded,
    spending: nerves.spending,
  });
  locate = gateway.locate;
  load.measure({ outboxBytes: gateway.outboxBytes });
  return { url, setupLink: setupToken && `${url}/setup#token=${setupToken}` };
}

async function buildStores({ config, clock, log, metrics, releasers }: Site): Promise<Stores> {
  const stores = await openStore({ ...config, isStarting: true, clock, log: log.named('store'), metrics });
  releasers.add('store', () => stores.close());
  await ensurePartitions(stores.db, clock.nowMs());
  return stores;
}

async function buildAccounts(
  site: Site,
  { db, sosDb }: Stores,
  { roster }: Dispatch,
  { bus, spending }: Nerves,
  graceMs: () => number,
): Promise<OpenedAccounts> {
  const tellOthers = () => bus.tell('accounts', ['look', 'accounts']);
  const log = site.log.named('accounts');
  const places = await openPlaces({ ...site, log, file: site.config.geoipMmdbFile });
  site.releasers.add('places', async () => places?.stop());
  const accounts = await openAccounts({
    ...site,
    db,
    sosDb,
    spending,
    graceMs,
    graceMaxMs: site.config.authGraceMin * 60_000,
    accessTokenLifeMs: site.config.accessTokenTtlS * 1_000,
    refreshTokenLifeMs: site.config.refreshTokenTtlS * 1_000,
    requireSecondFactor: needsSecondFactor(site.config),
    places,
    mismatchFromM: site.config.locationMismatchKm * 1_000,
    onVolunteerChange: (state) => roster.setTraits(state),
    onOwnVolunteerChange: tellOthers,
    onNoVolunteer: (userId) => roster.forget(userId),
  });
  site.releasers.add('accounts', () => accounts.stop());
  accounts.onStandingChange(tellOthers);
  await everyVolunteer(accounts, (state) => roster.setTraits(state));
  return accounts;
}

/** By mail, where there is any: only then it can be hidden whether an address has an account. */
function registrationOf(
  { config, log }: Site,
  accounts: OpenedAccounts,
  people: People,
): Services['accounts']['register'] {
  if (config.smtpUrl !== null && config.publicUrl !== null) return (input) => people.askRegistration(input);
  // A newcomer's laptop is not to be warned of its own owner.
  const tell = isOwnAddress(config.host) ? log.info : log.warn;
  tell.call(
    log,
    {},
    'registering tells whether an address has an account, because MUSTER_SMTP_URL or MUSTER_PUBLIC_URL is not set',
  );
  return (input) => accounts.register(input);
}

function buildAccess(site: Site, { db }: Stores, accounts: Accounts): Access {
  const { unusualSubjectsPerHour } = site.config;
  const grantsOf = (userId: string) => accounts.grantsOf(userId);
  const access = openAccess({ ...site, db, grantsOf, unusualSubjectsPerHour });
  site.releasers.add('audit', () => access.stop());
  return access;
}

const grantsAs = ({ isDispatcher }: Viewer) => (isDispatcher ? ['dispatcher'] : []);
const mayWatch = (viewer: Viewer) => may({ grants: grantsAs(viewer) }, 'watch', 'feed').allowed;

/** What dispatch and its feed show to whom, kept in the audit trail. */
function disclosuresTo({ trail }: Access): Disclosures {
  const who = (viewer: Viewer) => ({ userId: viewer.userId, grants: grantsAs(viewer) });
  const whatFor = ({ isDispatcher }: Viewer) => (isDispatcher ? 'dispatch' : 'rescue');
  return {
    saw: (viewer, subjectId, sosId) =>
      trail.saw(who(viewer), subjectId, whatFor(viewer), { resourceId: sosId }),
    sawAll: (viewer, subjectIds) => trail.sawAll(who(viewer), subjectIds, whatFor(viewer)),
  };
}

function buildDevices(
  site: Site,
  { db }: Stores,
  { grantsOf, onStandingChange: onAccountChange }: Accounts,
  { spending }: Nerves,
  graceMs: () => number,
): Devices {
  const graceMaxMs = site.config.authGraceMin * 60_000;
  const devices = openDevices({ ...site, db, grantsOf, spending, graceMs, graceMaxMs, onAccountChange });
  site.releasers.add('devices', () => devices.stop());
  return devices;
}

async function startJobs(site: Site, { db }: Stores, chores: Accounts['jobs']): Promise<JobDesk> {
  const deliveries = deliveriesJob(await notifiersOf(site), site.random);
  const jobs = [partitionsJob, retentionJob, figuresJob, deliveries, ...chores];
  const scheduler = new Scheduler({ ...site, db, jobs, owner: site.nodeId, log: site.log.named('jobs') });
  scheduler.start();
  site.releasers.add('jobs', () => scheduler.stop());
  return openJobDesk(db, jobs);
}

function metricsText(site: Site, dispatch: Dispatch, vitals: VitalsServices, alerts: Alerts): string {
  const { engines, metrics } = site;
  engines.countSeconds();
  const figures = dispatch.figures();
  metrics.gauge('dispatch_open_sos', figures.open);
  metrics.gauge('dispatch_open_offers', figures.offers);
  metrics.gauge('dispatch_responders', dispatch.roster.size);
  countVitals(site, vitals);
  metrics.gauge('alerts_waiting', alerts.figures().waiting);
  return metrics.text();
}

async function release({ releasers, log }: Site): Promise<void> {
  for (const { what } of await releasers.releaseAll()) {
    log.error({ what }, 'something could not be closed cleanly');
  }
}
