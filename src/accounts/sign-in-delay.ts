import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { NOT_SHARED, type Spending } from '../lib/spending.ts';

export interface DelayRule {
  /** Failures without any delay. */
  readonly free: number;
  /** After the first failure beyond those; doubled by each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Somebody who was quiet for so long starts anew. */
  readonly forgetAfterMs: number;
  /** Entries at most; beyond it the one quiet for longest is forgotten. (Invariant 8.) */
  readonly entriesMax: number;
}

interface Entry {
  failures: number;
  freeAtMs: number;
  lastMs: number;
}

/** Counts failures by key and says how long the next attempt has to wait. Times are monotonic. */
export class GrowingDelay {
  readonly #rule: DelayRule;
  /** The one quiet for longest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(rule: DelayRule) {
    this.#rule = rule;
  }

  get size(): number {
    return this.#entries.size;
  }

  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#get(key, nowMs)?.freeAtMs ?? 0) - nowMs);
  }

  /** Counts an attempt as failed before it is made, so that many at once gain nothing. The answer is the count. */
  begin(key: string, nowMs: number): number {
    const { free, firstMs, longestMs, entriesMax } = this.#rule;
    const failures = (this.#get(key, nowMs)?.failures ?? 0) + 1;
    const beyond = failures - free;
    const delayMs = beyond > 0 ? Math.min(longestMs, firstMs * 2 ** Math.min(beyond - 1, 30)) : 0;
    this.#entries.delete(key);
    this.#entries.set(key, { failures, freeAtMs: nowMs + delayMs, lastMs: nowMs });
    if (this.#entries.size > entriesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return failures;
  }

  /** So many failed on another node. */
  heard(key: string, failures: number, nowMs: number): void {
    for (let i = 0; i < Math.min(failures, HEARD_MAX); i++) this.begin(key, nowMs);
  }

  /** The attempt did not fail after all. */
  undo(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.failures -= 1;
    entry.freeAtMs = 0;
    if (entry.failures <= 0) this.#entries.delete(key);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  #get(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && nowMs - entry.lastMs <= this.#rule.forgetAfterMs ? entry : undefined;
  }
}

/** As many as make any delay as long as it gets. */
const HEARD_MAX = 50;
const HOUR_MS = 3_600_000;
const ENTRIES_MAX = 50_000;

/** Where somebody guesses one account from one network: their own doing, so the delay may grow long. */
const PAIR: DelayRule = {
  free: 3,
  firstMs: 1_000,
  longestMs: 900_000,
  forgetAfterMs: HOUR_MS,
  entriesMax: ENTRIES_MAX,
};
/** Others may share the network, a whole hospital behind one address. */
const NETWORK: DelayRule = { ...PAIR, free: 30, longestMs: 60_000 };
/** Guesses from many networks; whoever they are aimed at must not be locked out. */
const ACCOUNT: DelayRule = { ...PAIR, free: 10, longestMs: 30_000 };

export interface Remarkable {
  readonly by: 'account' | 'network';
  readonly failures: number;
}

export interface Attempt {
  /** It was wrong. The answer is not null when there were so many that an administrator should know. */
  failed(): Remarkable | null;
  /** The password was right. */
  succeeded(): void;
  /** It was never looked at. */
  withdrawn(): void;
}

export type Admission = { readonly waitMs: number } | Attempt;

const keyOf = (typed: string): string => createHash('sha256').update(typed).digest('base64url').slice(0, 22);

/** `free` failures, then twice as many, and so on: attacks are reported by their order of magnitude. */
const isRemarkable = (failures: number, free: number): boolean =>
  failures >= free && Number.isInteger(Math.log2(failures / free));

/**
 * The delays before the next sign-in, by account, by network, and by both. Each node decides by the failures that it has
 * seen and heard of; those on other nodes count a second later. Keys are hashes: what somebody types into a sign-in is told
 * to nobody.
 */
export class SignInDelays {
  readonly #pairs = new GrowingDelay(PAIR);
  readonly #networks = new GrowingDelay(NETWORK);
  readonly #accounts = new GrowingDelay(ACCOUNT);
  readonly #tell: { readonly [K in 'pair' | 'network' | 'account']: (key: string) => void };

  constructor(spending: Spending = NOT_SHARED, clock: Pick<Clock, 'monotonicMs'> = { monotonicMs: () => 0 }) {
    const shared = (kind: string, delay: GrowingDelay) =>
      spending.open(`sign_in.${kind}`, 1, (key, failures) => delay.heard(key, failures, clock.monotonicMs()));
    this.#tell = {
      pair: shared('pair', this.#pairs),
      network: shared('network', this.#networks),
      account: shared('account', this.#accounts),
    };
  }

  /** Whether failures that may be others' would delay this attempt, so that it matters if the network is known. */
  wouldDelayOthers(account: string, network: string | null, nowMs: number): boolean {
    return (
      this.#accounts.waitMs(keyOf(account), nowMs) > 0 ||
      (network !== null && this.#networks.waitMs(keyOf(network), nowMs) > 0)
    );
  }

  /** `known`: this account has signed in from this network before, so others' failures don't delay it. */
  admit(ofAccount: string, ofNetwork: string | null, known: boolean, nowMs: number): Admission {
    const account = keyOf(ofAccount);
    const network = ofNetwork === null ? null : keyOf(ofNetwork);
    const pair = ofNetwork === null ? null : keyOf(`${ofNetwork} ${ofAccount}`);
    const waitMs = Math.max(
      pair === null ? 0 : this.#pairs.waitMs(pair, nowMs),
      known || network === null ? 0 : this.#networks.waitMs(network, nowMs),
      known ? 0 : this.#accounts.waitMs(account, nowMs),
    );
    if (waitMs > 0) return { waitMs };
    const byAccount = this.#accounts.begin(account, nowMs);
    if (pair !== null) this.#pairs.begin(pair, nowMs);
    return {
      failed: () => {
        // Not counted before: at the start of a shift a whole hospital signs in at once, all of them rightly.
        const byNetwork = network === null ? 0 : this.#networks.begin(network, nowMs);
        this.#tell.account(account);
        if (network !== null) this.#tell.network(network);
        if (pair !== null) this.#tell.pair(pair);
        if (isRemarkable(byAccount, ACCOUNT.free)) return { by: 'account', failures: byAccount };
        return isRemarkable(byNetwork, NETWORK.free) ? { by: 'network', failures: byNetwork } : null;
      },
      succeeded: () => {
        this.#accounts.undo(account);
        if (pair !== null) this.#pairs.forget(pair);
      },
      withdrawn: () => {
        this.#accounts.undo(account);
        if (pair !== null) this.#pairs.undo(pair);
      },
    };
  }
}
