import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import type { LogEvent } from '../log-event.ts';
import type { VitalsWatch } from '../vitals/sample.ts';
import { type Ask, NODE_STOPPING, ProviderFailed } from './ask.ts';
import { codeOf, endingOf } from './failures.ts';
import type { Provider } from './load-mappings.ts';
import type { OAuth, Tokens } from './oauth.ts';
import { type Read, syncOne } from './sync-one.ts';
import { type OffsetAt, zoneOffset } from './times.ts';
import type { Claimed, Ending, Portion, SealedTokens, SyncStore } from './types.ts';
import type { Vault } from './vault.ts';

/** What one provider is read with. */
export interface Reachable {
  readonly provider: Provider;
  readonly oauth: OAuth;
}

export interface SyncerOptions {
  readonly store: SyncStore;
  readonly providers: ReadonlyMap<string, Reachable>;
  readonly vault: Vault;
  readonly ask: Ask;
  /** Of a person's profile, an IANA name; null: nobody knows. */
  readonly timezoneOf: (userId: string) => Promise<string | null>;
  readonly watch: VitalsWatch;
  readonly publish: (notice: LogEvent) => void;
  /** A UUID of this node's run. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings?: Partial<SyncerSettings>;
}

export interface SyncerSettings {
  /** Connections that one node reads at a time. */
  readonly atOnce: number;
  /** One that a node took and is silent about for so long is another's. Longer than one request may take. */
  readonly leaseMs: number;
  readonly freshMs: number;
  /** When the rest of what did not fit into one go is read. */
  readonly restAfterMs: number;
}

export const SYNCER_DEFAULTS: SyncerSettings = {
  atOnce: 4,
  leaseMs: 120_000,
  freshMs: 60_000,
  restAfterMs: 900_000,
};

/** A token that ends so soon is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
const RESEAL_AT_ONCE = 100;
/** Between tries to store fresh tokens; together well within a lease. */
const SAVE_WAITS_MS = [500, 2_000, 8_000, 30_000] as const;

const isAway = (error: unknown) => (error as { code?: unknown } | null)?.code === 'store_unavailable';

class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Reads connections that are due, a few at a time, each on one node at a time. What it reads is stored with how far it was
 * read; whatever breaks off is read again from there, and stored once.
 */
export class Syncer {
  readonly #options: SyncerOptions;
  readonly #settings: SyncerSettings;
  readonly #running = new Set<Promise<void>>();
  /** Providers that have asked this node to wait, by the monotonic clock. */
  readonly #pausedUntilMs = new Map<string, number>();
  #isStopped = false;
  #taking: Promise<void> | null = null;
  #takesAgain = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
    this.#settings = { ...SYNCER_DEFAULTS, ...options.settings };
  }

  /** Begins whatever is due, as far as there is room, and does not wait for its end. */
  async takeDue(): Promise<void> {
    // What is under way may have looked before what this is called for was due.
    this.#takesAgain = this.#taking !== null;
    this.#taking ??= this.#takeAll();
    await this.#taking;
  }

  async #takeAll(): Promise<void> {
    try {
      do {
        this.#takesAgain = false;
        await this.#take();
      } while (this.#takesAgain && !this.#isStopped);
    } finally {
      this.#taking = null;
    }
  }

  /** Resolves when nothing is being read. */
  async idle(): Promise<void> {
    while (this.#taking || this.#running.size > 0) await Promise.all([this.#taking, ...this.#running]);
  }

  /** What is being read stops before its next request, and is another's at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.idle();
  }

  /** Seals anew whatever an older key sealed, so that the older one can be thrown away. */
  async reseal(signal: AbortSignal): Promise<void> {
    const { store, vault, log, metrics } = this.#options;
    const others = (await store.keyIdsInUse()).filter((id) => !vault.keyIds.includes(id));
    metrics.gauge('connections_token_keys_unknown', others.length);
    if (others.length > 0)
      log.warn({ keys: others.length }, 'some connections are encrypted with keys that are not on this node');
    for (let found = RESEAL_AT_ONCE; found === RESEAL_AT_ONCE && !signal.aborted; ) {
      const old = await store.sealedOtherwise(vault.currentKeyId, vault.keyIds, RESEAL_AT_ONCE);
      found = old.length;
      let moved = 0;
      for (const { id, tokens } of old) if (await this.#sealAnew(id, tokens)) moved += 1;
      // What can not be opened would be found again for ever.
      if (moved === 0) return;
    }
  }

  async #sealAnew(id: string, tokens: SealedTokens): Promise<boolean> {
    const { store, vault, metrics } = this.#options;
    const access = vault.unseal(tokens.access, { id, field: 'access_token' });
    const refresh = tokens.refresh && vault.unseal(tokens.refresh, { id, field: 'refresh_token' });
    if (!access.ok || refresh?.ok === false) return false;
    const sealed = {
      access: vault.seal(access.value, { id, field: 'access_token' }),
      refresh: refresh && vault.seal(refresh.value, { id, field: 'refresh_token' }),
    };
    metrics.count('connections_resealed');
    return store.reseal(id, tokens.version, sealed);
  }

  async #take(): Promise<void> {
    const { store, providers, vault, owner, clock } = this.#options;
    const { atOnce, leaseMs } = this.#settings;
    for (;;) {
      const limit = atOnce - this.#running.size;
      const nowMs = clock.monotonicMs();
      const awake = [...providers.keys()].filter((name) => (this.#pausedUntilMs.get(name) ?? 0) <= nowMs);
      if (this.#isStopped || limit <= 0 || awake.length === 0) return;
      const claimed = await store.claim({ owner, limit, leaseMs, providers: awake, keyIds: vault.keyIds });
      if (claimed.length === 0) return;
      for (const connection of claimed) this.#begin(connection);
    }
  }

  #begin(connection: Claimed): void {
    const run = this.#run(connection).finally(() => {
      this.#running.delete(run);
      if (!this.#isStopped) void this.takeDue().catch((error: unknown) => this.#note(error));
    });
    this.#running.add(run);
    this.#options.metrics.gauge('connections_syncing', this.#running.size);
  }

  #note(error: unknown): void {
    this.#options.log.warn(errorFields(error), 'connections that are due could not be read from the store');
  }

  async #run(claimed: Claimed): Promise<void> {
    const { clock, log, metrics, owner, publish, store } = this.#options;
    const { id: connectionId, provider } = claimed;
    const startedMs = clock.monotonicMs();
    const ending = await this.#read(claimed).catch((error: unknown) => this.#failed(claimed, error));
    metrics.observeMs('connections_sync_ms', clock.monotonicMs() - startedMs, { provider });
    metrics.gauge('connections_syncing', this.#running.size - 1);
    if (ending === null) return;
    metrics.count('connections_syncs', { provider, outcome: ending.ok ? 'success' : ending.code });
    try {
      for (const notice of await store.finish(claimed, owner, ending)) publish(notice);
    } catch (error) {
      // The lease runs out by itself, and what was read is stored.
      log.warn(
        { connectionId, provider, ...errorFields(error) },
        'how a connection was read could not be noted',
      );
    }
  }

  #failed(claimed: Claimed, error: unknown): Ending | null {
    const { clock, log, random } = this.#options;
    const { id: connectionId, provider, failures } = claimed;
    if (error instanceof LeaseLost) return null;
    const ending = endingOf(error, failures, random);
    log.warn({ connectionId, provider, failures, code: codeOf(error) }, 'a connection could not be read');
    // What one connection is told holds for all: limits are those of the operator's registration.
    if (codeOf(error) === 'provider_busy')
      this.#pausedUntilMs.set(provider, clock.monotonicMs() + ending.nextInMs);
    return ending;
  }

  async #read(claimed: Claimed): Promise<Ending> {
    const { ask, clock, providers, random } = this.#options;
    const reachable = providers.get(claimed.provider);
    if (!reachable) throw new ProviderFailed('provider_off');
    const tokens = new OpenTokens(claimed, reachable.oauth, this.#options);
    const read: Read = await syncOne(claimed, {
      ...reachable,
      ask,
      clock,
      personAt: await this.#personAt(claimed.userId),
      freshMs: this.#settings.freshMs,
      accessToken: await tokens.good(),
      renew: () => tokens.renew(),
      stillOurs: this.#leaseKeeper(claimed),
      keep: (portion) => this.#keep(claimed, portion),
    });
    const everyMs = claimed.syncEveryMs;
    const nextInMs = read === 'partial' ? Math.min(everyMs, this.#settings.restAfterMs) : everyMs;
    // Those who connected together do not stay together.
    return { ok: true, nextInMs: Math.round(nextInMs * (0.95 + 0.1 * random())) };
  }

  async #keep(claimed: Claimed, portion: Portion): Promise<void> {
    const { metrics, owner, store, watch } = this.#options;
    const stored = await store.keep(claimed, owner, portion);
    if (stored === null) throw new LeaseLost('the connection is not ours any more');
    metrics.count('connections_samples', { provider: claimed.provider }, stored.length);
    for (const sample of stored) if (!sample.late) watch.sampled(sample);
  }

  /** Before each request: renews the lease when a third of it is over, and ends when there is none any more. */
  #leaseKeeper({ id }: Claimed): () => Promise<void> {
    const { clock, owner, store } = this.#options;
    const { leaseMs } = this.#settings;
    let renewedMs = clock.monotonicMs();
    return async () => {
      if (this.#isStopped) throw new ProviderFailed(NODE_STOPPING);
      const nowMs = clock.monotonicMs();
      if (nowMs - renewedMs < leaseMs / 3) return;
      if (!(await store.extend(id, owner, leaseMs)))
        throw new LeaseLost('the connection is not ours any more');
      renewedMs = nowMs;
    };
  }

  async #personAt(userId: string): Promise<OffsetAt> {
    const timezone = await this.#options.timezoneOf(userId);
    try {
      return zoneOffset(timezone ?? 'UTC');
    } catch {
      return () => 0;
    }
  }
}

/** The tokens of one connection while it is read. New ones are stored before they are used. */
class OpenTokens {
  readonly #claimed: Claimed;
  readonly #oauth: OAuth;
  readonly #parts: Pick<SyncerOptions, 'clock' | 'store' | 'vault'>;
  #isRenewed = false;

  constructor(claimed: Claimed, oauth: OAuth, parts: Pick<SyncerOptions, 'clock' | 'store' | 'vault'>) {
    this.#claimed = claimed;
    this.#oauth = oauth;
    this.#parts = parts;
  }

  /** The access token, renewed when it is about to end. */
  async good(): Promise<string> {
    const { tokenExpiresAtMs, tokens } = this.#claimed;
    const endsSoon =
      tokenExpiresAtMs !== null && tokenExpiresAtMs - this.#parts.clock.nowMs() < RENEW_BEFORE_MS;
    return (endsSoon && (await this.renew())) || this.#opened(tokens.access, 'access_token');
  }

  /** Once: a provider that refuses a fresh token too will refuse the next. */
  async renew(): Promise<string | null> {
    const { tokens } = this.#claimed;
    if (!tokens.refresh || this.#isRenewed) return null;
    this.#isRenewed = true;
    const before = this.#opened(tokens.refresh, 'refresh_token');
    const fresh = await this.#oauth.refresh(before);
    await this.#save(fresh, fresh.refreshToken ?? before);
    return fresh.accessToken;
  }

  async #save(fresh: Tokens, refreshToken: string): Promise<void> {
    const { vault, store } = this.#parts;
    const { id, tokens } = this.#claimed;
    const sealed = {
      access: vault.seal(fresh.accessToken, { id, field: 'access_token' }),
      refresh: vault.seal(refreshToken, { id, field: 'refresh_token' }),
      expiresInS: fresh.expiresInS,
    };
    // Nobody else has it any more, the provider's old one is void: rather wait for the store than ask the person again.
    const saved = await this.#again(() => store.saveTokens(id, tokens.version, sealed));
    if (!saved) throw new LeaseLost('there are newer tokens');
  }

  async #again(save: () => Promise<boolean>): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await save();
      } catch (error) {
        if (!isAway(error) || attempt === SAVE_WAITS_MS.length) throw error;
        const waitMs = SAVE_WAITS_MS[attempt] ?? 0;
        await new Promise<void>((resolve) => this.#parts.clock.after(waitMs, resolve));
      }
    }
  }

  #opened(sealed: SealedTokens['access'], field: 'access_token' | 'refresh_token'): string {
    const opened = this.#parts.vault.unseal(sealed, { id: this.#claimed.id, field });
    if (opened.ok) return opened.value;
    throw new ProviderFailed(opened.code === 'broken' ? 'token_broken' : 'token_key_unknown');
  }
}
