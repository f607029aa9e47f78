import { OverloadWatch } from './lib/overload-watch.ts';
import type { Site } from './node-site.ts';
import { ProcessPressure } from './observe/process-pressure.ts';

/** What is measured elsewhere in the node than in its process. */
export interface Measured {
  /** The longest that anything has waited for a connection to the store since the last call, in ms. */
  takeStoreWaitMs(): number;
  /** What waits for all sockets together, in bytes. */
  outboxBytes(): number;
}

export interface NodeOverload {
  readonly watch: OverloadWatch;
  /** Connects what is measured by what is built later. */
  measure(by: Partial<Measured>): void;
}

/** Watches how much this node has to do, from before anything else of it is built. */
export function watchOverload(site: Omit<Site, 'overload'>): NodeOverload {
  const { config, releasers } = site;
  const itself = new ProcessPressure();
  let measured: Measured = { takeStoreWaitMs: () => 0, outboxBytes: () => 0 };
  const watch = new OverloadWatch({
    ...site,
    log: site.log.named('node'),
    loopFromMs: config.overloadFromMs,
    measure: () => ({
      loopDelayMs: itself.takeLoopDelayMs(),
      storeWaitMs: measured.takeStoreWaitMs(),
      memoryShare: itself.memoryShare(),
      outboxShare: measured.outboxBytes() / itself.limitBytes,
    }),
  });
  releasers.add('overload', () => {
    watch.stop();
    itself.stop();
  });
  return {
    watch,
    measure(by) {
      measured = { ...measured, ...by };
    },
  };
}
