import type { DispatchFeed } from '../fanout/feed.ts';
import type { Subscriptions } from '../fanout/subscriptions.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Random } from '../lib/random.ts';
import type { GatewayConfig } from './config.ts';
import type { Services } from './services.ts';

/** Everything that the street door is handed by `node.ts`. */
export interface GatewayParts {
  readonly config: GatewayConfig;
  readonly services: Services;
  readonly subscriptions: Pick<Subscriptions, 'open'>;
  readonly feed: Pick<DispatchFeed, 'watch' | 'recheck'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}
