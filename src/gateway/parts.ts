import type { CareFeed } from '../fanout/care-feed.ts';
import type { DispatchFeed } from '../fanout/feed.ts';
import type { Subscriptions } from '../fanout/subscriptions.ts';
import type { VitalsTail } from '../fanout/vitals-tail.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Overload } from '../lib/overload.ts';
import type { Random } from '../lib/random.ts';
import type { Spending } from '../lib/spending.ts';
import type { Admission } from './admission.ts';
import type { GatewayConfig } from './config.ts';
import type { DoorLimits, LimitExceeded } from './door-limits.ts';
import type { DoorLine } from './door-line.ts';
import type { LaneQueue } from './lane-queue.ts';
import type { Services } from './services.ts';

/** What `node.ts` hands to the street door. */
export interface GatewayOptions
  extends Omit<GatewayParts, 'admission' | 'doorLimits' | 'hellos' | 'laneQueue'> {
  /** Somebody asked for more than their share; told at most once a minute for each. */
  readonly onLimitExceeded?: (exceeded: LimitExceeded) => void;
  /** What people and addresses spend on other nodes; absent: there are none. */
  readonly spending?: Spending;
}

/** Everything that the parts of the street door share. */
export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly services: Services;
  readonly subscriptions: Pick<Subscriptions, 'open'>;
  readonly feed: Pick<DispatchFeed, 'watch' | 'recheck'>;
  readonly tails: Pick<VitalsTail, 'open'>;
  readonly care: Pick<CareFeed, 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly doorLimits: DoorLimits;
  readonly admission: Admission;
  readonly hellos: DoorLine;
  readonly laneQueue: LaneQueue;
  /** How much of what can wait is given up at this moment. */
  readonly overload: () => Overload;
  /** How long a session is good beyond its time at this moment, because none can be renewed; absent: not at all. */
  readonly graceMs?: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
}
