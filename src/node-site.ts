import type { Config } from './config.ts';
import type { Clock } from './lib/clock.ts';
import type { EngineHealth } from './lib/engine-health.ts';
import type { Logger } from './lib/log.ts';
import type { Overload } from './lib/overload.ts';
import type { Random } from './lib/random.ts';
import type { Releasers } from './lib/releasers.ts';
import type { MetricsPage } from './observe/metrics.ts';

export interface NodeParts {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: MetricsPage;
}

/** What every room of this node is handed. */
export interface Site extends NodeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly nodeId: string;
  readonly releasers: Releasers;
  /** Which engines are away: whoever uses one reports how it is. */
  readonly engines: EngineHealth;
  /** How much of what can wait this node gives up at the moment. */
  readonly overload: () => Overload;
}
