import { CareFeed } from '../../fanout/care-feed.ts';
import { DispatchFeed } from '../../fanout/feed.ts';
import { Hub } from '../../fanout/hub.ts';
import { RecentLog } from '../../fanout/recent-log.ts';
import { SUBSCRIPTION_LIMITS } from '../../fanout/subscription.ts';
import { Subscriptions } from '../../fanout/subscriptions.ts';
import { VitalsTail } from '../../fanout/vitals-tail.ts';
import { GATEWAY_DEFAULTS, type GatewayConfig } from '../../gateway/config.ts';
import type { LimitExceeded, PersonRates } from '../../gateway/door-limits.ts';
import { everyClass } from '../../gateway/limits.ts';
import { startGateway } from '../../gateway/server.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Labels, Metrics } from '../../lib/metric.ts';
import { CALM, type Overload } from '../../lib/overload.ts';
import { seededRandom } from '../../lib/random.ts';
import { FakeServices } from './fake-services.ts';
import { TestSocket, type TestSocketOptions } from './test-socket.ts';

/** Counters that a test can read: `name{value,value}`. */
export class CountingMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  count(name: string, labels: Labels = {}, by = 1): void {
    const key = `${name}{${Object.values(labels).join()}}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }
  gauge(): void {}
  observeMs(): void {}
}

const plenty = { burst: 1_000_000, perSecond: 1_000_000 };
/** Tests speak faster than people. */
const BOUNDLESS: PersonRates = { ...everyClass(plenty), request: plenty };

/** A real gateway on a real port, with services that only pretend. */
export async function stage(config: Partial<GatewayConfig> = {}, clock: Clock = systemClock) {
  const fake = new FakeServices();
  const metrics = new CountingMetrics();
  const { services } = fake;
  let now: Overload = CALM;
  const overload = () => now;
  const hub = new Hub({ log: silentLogger, metrics });
  const recent = new RecentLog(systemClock, { xminXid: 0, xmaxXid: 0 });
  hub.watchAll((event) => recent.take(event));
  const { events, entitlement, snapshots } = services;
  const subscriptions = new Subscriptions({
    hub,
    events,
    recent,
    entitlement,
    snapshots,
    metrics,
    limits: SUBSCRIPTION_LIMITS,
  });
  const feed = new DispatchFeed({
    hub,
    events,
    entitlement,
    mayWatch: (viewer) => viewer.isDispatcher,
    source: services.dispatch,
    disclosures: { saw: () => {}, sawAll: () => {} },
    isInvolved: () => false,
    overload,
    clock,
    log: silentLogger,
    metrics,
    tickMs: 10,
  });
  const tails = new VitalsTail({
    clock,
    log: silentLogger,
    metrics,
    entitled: async (viewer, id) => (fake.mayTail(viewer.userId, id) ? { personId: id, userId: id } : null),
    newest: async () => [],
    saw: () => {},
  });
  const care = new CareFeed({
    clock,
    log: silentLogger,
    metrics,
    charges: async (userId) => [userId],
    rows: async (ids) => ids.map((personId) => ({ personId, values: {}, news2: null, alerts: [] })),
    saw: () => {},
  });
  const exceeded: LimitExceeded[] = [];
  const gateway = await startGateway({
    onLimitExceeded: (limit) => exceeded.push(limit),
    config: {
      ...GATEWAY_DEFAULTS,
      host: '127.0.0.1',
      port: 0,
      sweepMs: 10,
      personRates: BOUNDLESS,
      ...config,
    },
    services,
    subscriptions,
    feed,
    tails,
    care,
    overload,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    metrics,
  });
  const sockets: TestSocket[] = [];
  const origin = `http://127.0.0.1:${gateway.port}`;
  const connect = async (options: TestSocketOptions = {}) => {
    const socket = await TestSocket.open(`ws://127.0.0.1:${gateway.port}/v1/socket`, options);
    sockets.push(socket);
    return socket;
  };
  return {
    fake,
    metrics,
    hub,
    feed,
    tails,
    care,
    exceeded,
    gateway,
    /** From now on the node stands like this. */
    overload: (next: Overload) => {
      now = next;
      feed.overloaded();
    },
    origin,
    connect,
    /** A socket that has its welcome. */
    signIn: async (token: string, options: TestSocketOptions = {}) => {
      const socket = await connect(options);
      socket.say('hello', { token, client: 'test' });
      await socket.heard('welcome');
      return socket;
    },
    close: () => {
      for (const socket of sockets) socket.vanish();
      feed.close();
      tails.close();
      care.close();
      gateway.close();
    },
  };
}

export type Stage = Awaited<ReturnType<typeof stage>>;
