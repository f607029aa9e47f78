import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { ChatOptions } from './chat.ts';
import type { DispatchStore, LogEvent } from './store.ts';

/** What dispatch is handed. */
export interface DispatchOptions {
  readonly store: DispatchStore;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Tells what was written, after commit and in the order of each SOS. */
  readonly publish: (event: LogEvent) => void;
  /** Tells what was decided without the store: nothing that anybody may go on from by its number. */
  readonly publishProvisional?: (event: LogEvent) => void;
  /** Whether something of an SOS is decided here and not in the store yet. */
  readonly isProvisional?: (sosId: string) => boolean;
  /** What nobody asked for waits for this, outside of all turns, while what was decided of the SOS is being written. Null: nothing is. */
  readonly behind?: (sosId: string) => Promise<void> | null;
  /** Told of events of the store of such an SOS. */
  readonly onStored?: (sosId: string, event: LogEvent) => void;
  /** Asks the phones of these people where they are, without a sound. */
  readonly locate?: (userIds: readonly string[]) => void;
  readonly onSpam?: ChatOptions['onSpam'];
}
