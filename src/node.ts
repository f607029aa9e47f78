import { openAccounts } from './accounts/accounts.ts';
import type { Accounts } from './accounts/types.ts';
import type { Config } from './config.ts';
import { pgDispatchStore } from './dispatch/pg.ts';
import { dispatchReading } from './dispatch/reading.ts';
import { RosterWriter } from './dispatch/roster-writer.ts';
import { Dispatch } from './dispatch/service.ts';
import { DispatchFeed } from './fanout/feed.ts';
import { Hub } from './fanout/hub.ts';
import { SUBSCRIPTION_LIMITS } from './fanout/subscription.ts';
import { Subscriptions } from './fanout/subscriptions.ts';
import { GATEWAY_DEFAULTS } from './gateway/config.ts';
import { startGateway } from './gateway/server.ts';
import type { Services } from './gateway/services.ts';
import { oldCommandsJob } from './jobs/old-commands.ts';
import { ensurePartitions, partitionsJob } from './jobs/partitions.ts';
import { Scheduler } from './jobs/scheduler.ts';
import { eventSource, splitStream } from './journal/event-log.ts';
import { startTail } from './journal/tail.ts';
import { systemClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import type { Logger } from './lib/log.ts';
import { packageRoot } from './lib/package-root.ts';
import { Releasers } from './lib/releasers.ts';
import { refused } from './lib/result.ts';
import type { MetricsPage } from './observe/metrics.ts';
import { openStore } from './store/open-store.ts';
import { PositionIngest } from './telemetry/ingest.ts';
import { pgPositionStore } from './telemetry/pg.ts';
import { DEFAULT_RULES } from './telemetry/pipeline.ts';

export interface Node {
  readonly url: string;
  /** Path and fragment of the one-time link for the first administrator; null once there is one. */
  readonly setupLink: string | null;
  /** Tells clients, finishes, stores, closes. Loses nothing that was acknowledged. */
  stop(): Promise<void>;
}

export interface NodeParts {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: MetricsPage;
}

const TAIL_EVERY_MS = 1_000;
/** A store that has not answered for so long makes the node not ready. */
const STORE_SILENT_MS = 3_000;
const VOLUNTEERS_AT_ONCE = 1_000;

/** Builds one node in order; what was built is released in reverse, also when building fails half-way. */
export async function startNode({ config, log, metrics }: NodeParts): Promise<Node> {
  const clock = systemClock;
  const random = Math.random;
  const newId = uuidV7Maker(clock.nowMs, random);
  const nodeId = newId();
  const startedAtMs = clock.nowMs();
  const releasers = new Releasers();
  try {
    const stores = await openStore({ ...config, clock, log: log.named('store'), metrics });
    releasers.add('store', () => stores.close());
    await ensurePartitions(stores.db, clock.nowMs());

    const hub = new Hub({ log: log.named('fanout'), metrics });
    const events = eventSource(stores.db);
    const dispatchStore = pgDispatchStore(stores.sosDb);
    const dispatch = await Dispatch.open({
      store: dispatchStore,
      nodeId,
      clock,
      newId,
      log: log.named('dispatch'),
      metrics,
      publish: (event) => hub.publish(event),
    });
    releasers.add('dispatch', () => dispatch.stop());
    const { roster } = dispatch;
    const rosterWriter = new RosterWriter({
      roster,
      store: dispatchStore,
      clock,
      log: log.named('dispatch'),
    });

    const accounts = await openAccounts({
      db: stores.db,
      clock,
      log,
      metrics,
      newId,
      accessTokenLifeMs: config.accessTokenTtlS * 1_000,
      onVolunteerChange: (state) => roster.setTraits(state),
    });
    await everyVolunteer(accounts, (state) => roster.setTraits(state));
    rosterWriter.start();
    releasers.add('roster writer', () => rosterWriter.stop());

    const telemetry = new PositionIngest({
      store: pgPositionStore(stores.db),
      live: { moved: (userId, lat, lng, atMs) => roster.moved(userId, { lat, lng }, atMs) },
      clock,
      random,
      log: log.named('telemetry'),
      metrics,
      settings: {
        flushMs: config.telemetryFlushMs,
        rules: { ...DEFAULT_RULES, maxSpeedMps: config.maxSpeedMps, maxFixAgeLiveMs: config.maxFixAgeLiveMs },
      },
    });
    releasers.add('telemetry', () => telemetry.stop());

    const scheduler = new Scheduler({
      db: stores.db,
      jobs: [partitionsJob, oldCommandsJob],
      owner: nodeId,
      clock,
      random,
      log: log.named('jobs'),
      metrics,
    });
    scheduler.start();
    releasers.add('jobs', () => scheduler.stop());

    const tail = await startTail({
      db: stores.db,
      clock,
      log: log.named('journal'),
      metrics,
      everyMs: TAIL_EVERY_MS,
      onEvent: async (event) => {
        const { kind, id } = splitStream(event.stream);
        // Who may see an event is decided by the state that it led to.
        if (kind === 'sos' && dispatch.isBehind(id, event.seq)) await dispatch.refresh(id);
        hub.publish(event);
      },
    });
    releasers.add('tail', () => tail.stop());

    const reading = dispatchReading({
      dispatch,
      store: dispatchStore,
      clock,
      contacts: (userIds) => accounts.contactOf(userIds),
    });
    const { entitlement, snapshots } = reading;
    const shared = { hub, events, entitlement, clock, log: log.named('fanout'), metrics };
    const feed = new DispatchFeed({ ...shared, mayWatch: (viewer) => viewer.isDispatcher, source: reading });
    releasers.add('feed', () => feed.close());
    roster.onChange((userId) => {
      rosterWriter.changed(userId);
      feed.markResponder(userId);
    });

    const services: Services = {
      accounts,
      dispatch: {
        ...reading,
        async execute(by, command, receivedAtMs) {
          const grants = await accounts.grantsOf(by.userId);
          const actor = { userId: by.userId, isDispatcher: grants.includes('dispatcher') };
          return dispatch.execute(actor, command, receivedAtMs);
        },
        policy: () => dispatch.policy,
        async setPolicy(by, body) {
          const grants = await accounts.grantsOf(by.userId);
          return grants.includes('admin') ? dispatch.setPolicy(by, body) : refused('forbidden');
        },
      },
      telemetry,
      presence: roster,
      events,
      entitlement,
      snapshots,
      health: {
        nodeId,
        startedAtMs,
        notReady: () => (tail.silentForMs() > STORE_SILENT_MS ? 'The database does not answer.' : null),
      },
      metricsText: () => {
        const figures = dispatch.figures();
        metrics.gauge('dispatch_open_sos', figures.open);
        metrics.gauge('dispatch_open_offers', figures.offers);
        metrics.gauge('dispatch_responders', roster.size);
        return metrics.text();
      },
    };
    const gateway = await startGateway({
      config: {
        ...GATEWAY_DEFAULTS,
        host: config.host,
        port: config.port,
        allowedOrigins: config.allowedOrigins,
        tls: tlsOf(config),
        drainMs: config.shutdownMs / 2,
        pagesFolder: new URL('dist/dashboard/', packageRoot).pathname,
      },
      services,
      subscriptions: new Subscriptions({ ...shared, snapshots, limits: SUBSCRIPTION_LIMITS }),
      feed,
      clock,
      random,
      log: log.named('gateway'),
      metrics,
    });
    releasers.add('gateway', async () => {
      await gateway.drain();
      gateway.close();
    });

    const url = `${tlsOf(config) ? 'https' : 'http'}://${config.host}:${gateway.port}`;
    const setupToken = await accounts.setupLinkToken();
    return {
      url,
      setupLink: setupToken && `${url}/setup#token=${setupToken}`,
      stop: () => release(releasers, log),
    };
  } catch (error) {
    await release(releasers, log);
    throw error;
  }
}

const tlsOf = ({ tlsKeyFile, tlsCertFile }: Config) =>
  tlsKeyFile && tlsCertFile ? { keyFile: tlsKeyFile, certFile: tlsCertFile } : undefined;

async function release(releasers: Releasers, log: Logger): Promise<void> {
  for (const { what } of await releasers.releaseAll())
    log.error({ what }, 'something could not be closed cleanly');
}

/** What accounts say of everybody who offers help: the read model that matching starts from. */
async function everyVolunteer(
  accounts: Accounts,
  tell: (state: Awaited<ReturnType<Accounts['volunteersPage']>>[number]) => void,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Accounts['volunteersPage']>> = await accounts.volunteersPage(
      after,
      VOLUNTEERS_AT_ONCE,
    );
    for (const state of page) tell(state);
    const last = page.at(-1);
    if (!last || page.length < VOLUNTEERS_AT_ONCE) return;
    after = last.userId;
  }
}
