import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { AuditEntry } from './audit-entry.ts';

/** Somebody who showed no token, or none that is good, and where. Never what they showed. */
export interface UnknownCaller {
  readonly address: string;
  /** What they asked for, in the words of the access matrix. */
  readonly action: string;
  readonly resourceKind: string;
  /** The way in, as in `get /v1/me`. */
  readonly door: string;
  /** Code of the refusal. */
  readonly code: string;
}

export interface UnknownCallersOptions {
  readonly record: (entry: AuditEntry) => void;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const MINUTE_MS = 60_000;
/** Rows of one minute at most: anybody on the network can cause them, and addresses are cheap. */
const ROWS_MAX = 500;

/**
 * Refusals of callers whom nobody knows: one row for each address, door and reason of a minute, with how many there
 * were, written when the minute is over. Beyond the limit they are counted together in one more row.
 */
export class UnknownCallers {
  readonly #options: UnknownCallersOptions;
  readonly #calls = new Map<string, { caller: UnknownCaller; times: number }>();
  #unnamed = 0;
  #cancel: (() => void) | null = null;

  constructor(options: UnknownCallersOptions) {
    this.#options = options;
  }

  /** Never waits, never throws. */
  refused(caller: UnknownCaller): void {
    const { metrics, clock } = this.#options;
    metrics.count('access_unknown_total', { code: caller.code });
    this.#cancel ??= clock.after(MINUTE_MS, () => this.flush());
    const key = `${caller.address} ${caller.door} ${caller.code}`;
    const call = this.#calls.get(key);
    if (call) call.times += 1;
    else if (this.#calls.size < ROWS_MAX) this.#calls.set(key, { caller, times: 1 });
    else this.#unnamed += 1;
  }

  /** Records what was counted since the last time. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (const { caller, times } of this.#calls.values()) this.#record(caller, times);
    if (this.#unnamed > 0) {
      const reason = `${this.#unnamed} more within a minute, of callers who are not named`;
      this.#options.record({ ...NOBODY, action: 'enter', resourceKind: 'door', reason });
    }
    this.#calls.clear();
    this.#unnamed = 0;
  }

  #record({ address, action, resourceKind, door, code }: UnknownCaller, times: number): void {
    this.#options.record({ ...NOBODY, action, resourceKind, address, reason: `${door}: ${code}, ${times}×` });
  }
}

const NOBODY = { actorId: null, grants: [], outcome: 'refused' } as const;
