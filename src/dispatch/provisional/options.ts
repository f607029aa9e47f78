import type { Clock } from '../../lib/clock.ts';
import type { SosState } from '../machine/state.ts';
import type { CallsOptions } from './calls.ts';
import type { Others } from './others.ts';
import type { ReconciliationOptions } from './reconciliation.ts';
import type { AnyStep } from './steps.ts';

export interface ProvisionalOptions extends ReconciliationOptions, CallsOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  /** False: nothing is decided without the store, and whoever asks is told that it is away. */
  readonly mayDecide?: boolean;
  /** An SOS as this node knows it. */
  readonly known: (sosId: string) => SosState | undefined;
  /** The SOS whose slot somebody holds, as far as this node knows. */
  readonly holding: (userId: string, isDrill: boolean) => string | null;
  /** Whether what is known of it may be otherwise in the store; absent: it never is. */
  readonly isUnsure?: (sosId: string) => boolean;
  /** What other nodes have to do with it; absent: there are none. */
  readonly others?: Others;
  /** Told of what is on the disk, and of which batch it is. */
  readonly onKept?: (step: AnyStep, batch: number) => void;
  /** Told when others are found to have gone on in the store with an SOS of which this node has decided something. */
  readonly onOvertaken?: (sosId: string) => void;
  /** Told when the store is found away, and when it is back and everything is in it again. */
  readonly onAway: (isAway: boolean) => void;
  /** Told when everything is in the store, of whichever outage or other node it was. */
  readonly onRestored?: () => void;
}
