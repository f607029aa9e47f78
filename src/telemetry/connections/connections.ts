import { createHash } from 'node:crypto';
import { must } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { ProviderFailed } from './ask.ts';
import { resourcesRead, settingsOf } from './mapping.ts';
import { NEEDS_CONSENT } from './oauth.ts';
import type { Reachable, Syncer } from './syncer.ts';
import type {
  ConnectionChange,
  ConnectionStore,
  ConnectionView,
  SealedTokens,
  SyncLogView,
} from './types.ts';
import type { Vault } from './vault.ts';

export interface ConnectionsOptions {
  readonly store: ConnectionStore;
  readonly providers: ReadonlyMap<string, Reachable>;
  readonly vault: Vault;
  readonly syncer: Pick<Syncer, 'takeDue'>;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface ProviderView {
  readonly provider: string;
  readonly title: string;
  readonly scopes: readonly string[];
  readonly resources: readonly {
    readonly name: string;
    readonly title: string;
    readonly optional: boolean;
  }[];
}

export interface Beginning {
  /** Where the person goes to agree; it sends them back to this server. */
  readonly authorizationUrl: string;
  readonly expiresAtMs: number;
}

/** What somebody came back with. `error`: they did not agree, in a word of the provider. */
export type Return = { readonly state: string } & ({ readonly code: string } | { readonly error: string });

type ConfirmCode = 'consent_refused' | 'provider_unreachable';

const CONSENT_LIFE_MS = 600_000;
/** Reading the same connection by hand again has to wait so long: limits of providers are those of everybody here. */
const HURRY_EVERY_MS = 60_000;

/** The wearable clouds that people let this server read. Everybody sees and changes their own and nobody else's. */
export class Connections {
  readonly #options: ConnectionsOptions;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  providers(): ProviderView[] {
    return [...this.#options.providers.values()].map(
      ({ provider: { provider, title, oauth, resources } }) => ({
        provider,
        title,
        scopes: oauth.scopes,
        resources: resources.map(({ name, title: of, optional }) => ({ name, title: of, optional })),
      }),
    );
  }

  /**
   * Begins connecting. What names this attempt in the address that the person is sent back to is known to the store as a
   * hash only, good once and for ten minutes, and to whoever began it.
   */
  async begin(
    by: { readonly userId: string },
    name: string,
    deviceName: string | null,
  ): Promise<Result<Beginning, 'not_found'>> {
    const reachable = this.#options.providers.get(name);
    if (!reachable) return refused('not_found', 'no such provider is set up here');
    const { state, codeVerifier, url } = await reachable.oauth.challenge();
    const stateHash = hashOf(state);
    const sealed = this.#options.vault.seal(codeVerifier, consentPlace(stateHash));
    const consent = { userId: by.userId, provider: name, deviceName };
    await this.#options.store.addConsent(consent, stateHash, sealed, CONSENT_LIFE_MS);
    return ok({ authorizationUrl: url, expiresAtMs: this.#options.clock.nowMs() + CONSENT_LIFE_MS });
  }

  /**
   * Ends connecting, by whoever began it: another one who is made to follow the way back must not end up with somebody
   * else's wearable, or give theirs away.
   */
  async confirm(
    { userId }: { readonly userId: string },
    back: Return,
  ): Promise<Result<ConnectionView, ConfirmCode>> {
    const { store, vault, providers, metrics } = this.#options;
    const stateHash = hashOf(back.state);
    const consent = await store.takeConsent(stateHash, userId);
    const verifier = consent && vault.unseal(consent.codeVerifier, consentPlace(stateHash));
    const reachable = consent && providers.get(consent.provider);
    if (!consent || !verifier?.ok || !reachable) return refused('consent_refused', 'it is not open any more');
    if ('error' in back) return refused('consent_refused', 'the provider was not allowed to give it');
    try {
      const view = await this.#connect(reachable, consent, back.code, verifier.value);
      metrics.count('connections_confirmed', { provider: consent.provider, outcome: 'connected' });
      void this.#takeDue();
      return ok(view);
    } catch (error) {
      if (!(error instanceof ProviderFailed)) throw error;
      metrics.count('connections_confirmed', { provider: consent.provider, outcome: error.code });
      this.#options.log.warn(
        { provider: consent.provider, code: error.code },
        'a connection came to nothing',
      );
      return error.code === NEEDS_CONSENT
        ? refused('consent_refused', 'the provider does not know the code')
        : refused('provider_unreachable', error.code);
    }
  }

  async #connect(
    { oauth, provider }: Reachable,
    consent: { readonly userId: string; readonly provider: string; readonly deviceName: string | null },
    code: string,
    codeVerifier: string,
  ): Promise<ConnectionView> {
    const { store, vault, newId } = this.#options;
    const agreed = await oauth.exchange(code, codeVerifier);
    const id = (await store.idFor(consent.userId, consent.provider)) ?? newId();
    const { accessToken, refreshToken, expiresInS, externalUserId } = agreed;
    await oauth.afterConsent(accessToken, placesOf(id, externalUserId));
    const view = await store.connect({
      ...consent,
      id,
      epoch: newId(),
      access: vault.seal(accessToken, { id, field: 'access_token' }),
      refresh: refreshToken === null ? null : vault.seal(refreshToken, { id, field: 'refresh_token' }),
      expiresInS,
      scopes: agreed.scopes ?? provider.oauth.scopes,
      externalUserId,
    });
    // Two attempts of one person at once: the other one has won.
    return (
      view ??
      must(
        (await store.list(consent.userId)).find((one) => one.provider === consent.provider),
        'it',
      )
    );
  }

  list({ userId }: { readonly userId: string }): Promise<readonly ConnectionView[]> {
    return this.#options.store.list(userId);
  }

  async change(
    { userId }: { readonly userId: string },
    id: string,
    change: ConnectionChange,
  ): Promise<Result<ConnectionView, 'not_found' | 'bad_request' | 'connection_inactive'>> {
    const { store } = this.#options;
    const before = await store.get(userId, id);
    if (!before) return refused('not_found');
    const problem = this.#settingsProblem(before, change.settings);
    if (problem) return refused('bad_request', problem);
    const changed = await store.change(userId, id, change, HURRY_EVERY_MS);
    if (!changed) return refused('connection_inactive', before.inactiveReason ?? undefined);
    if (change.isActive) void this.#takeDue();
    return ok(changed);
  }

  /** What the mapping says that settings may be. */
  #settingsProblem(
    { provider, scopes }: ConnectionView,
    settings: ConnectionChange['settings'],
  ): string | null {
    if (settings === undefined) return null;
    const reachable = this.#options.providers.get(provider);
    if (!reachable) return 'settings: the provider is not set up here any more';
    const parsed = settingsOf(reachable.provider).safeParse(settings);
    if (!parsed.success) return `settings.${parsed.error.issues[0]?.path.join('.')}: no such resource`;
    const read = resourcesRead(reachable.provider, parsed.data, scopes).map(({ name }) => name);
    const missing = parsed.data.resources?.find((name) => !read.includes(name));
    return missing === undefined ? null : `settings.resources: ${missing} was not allowed at the provider`;
  }

  async syncNow(
    { userId }: { readonly userId: string },
    id: string,
  ): Promise<
    Result<ConnectionView, 'not_found' | 'connection_inactive' | 'rate_limited'> & { retryAfterMs?: number }
  > {
    const { store } = this.#options;
    const before = await store.get(userId, id);
    if (!before) return refused('not_found');
    const waitMs = await store.hurry(userId, id, HURRY_EVERY_MS);
    if (waitMs === null) return refused('connection_inactive', before.inactiveReason ?? undefined);
    if (waitMs > 0) return { ...refused('rate_limited'), retryAfterMs: waitMs };
    void this.#takeDue();
    return ok(before);
  }

  async logs(
    { userId }: { readonly userId: string },
    id: string,
    before: string | null,
    limit: number,
  ): Promise<Result<readonly SyncLogView[], 'not_found'>> {
    const { store } = this.#options;
    if (!(await store.get(userId, id))) return refused('not_found');
    return ok(await store.logs(userId, id, before, limit));
  }

  /** What opened it is gone at once; whether the provider was told, it says. */
  async disconnect(
    { userId }: { readonly userId: string },
    id: string,
  ): Promise<Result<{ readonly revoked: boolean }, 'not_found'>> {
    const { store, providers, metrics } = this.#options;
    const ended = await store.disconnect(userId, id);
    if (!ended) return refused('not_found');
    const reachable = providers.get(ended.provider);
    const places = placesOf(id, ended.externalUserId);
    const revoked =
      reachable && ended.tokens ? await this.#revoke(reachable, id, ended.tokens, places) : false;
    metrics.count('connections_ended', {
      provider: ended.provider,
      outcome: revoked ? 'revoked' : 'not_revoked',
    });
    return ok({ revoked });
  }

  async #revoke(
    { oauth }: Reachable,
    id: string,
    tokens: SealedTokens,
    places: ReturnType<typeof placesOf>,
  ): Promise<boolean> {
    const { vault, log } = this.#options;
    const access = vault.unseal(tokens.access, { id, field: 'access_token' });
    const refresh = tokens.refresh && vault.unseal(tokens.refresh, { id, field: 'refresh_token' });
    if (!access.ok) return false;
    try {
      const refreshToken = refresh?.ok ? refresh.value : null;
      await oauth.revoke({ accessToken: access.value, refreshToken }, places);
      return true;
    } catch (error) {
      log.warn(
        { connectionId: id, ...errorFields(error) },
        'a provider could not be told that a connection ended',
      );
      return false;
    }
  }

  async #takeDue(): Promise<void> {
    await this.#options.syncer.takeDue().catch((error: unknown) => {
      // The job comes by within a minute.
      this.#options.log.warn(errorFields(error), 'a connection is read later');
    });
  }
}

const hashOf = (state: string) => createHash('sha256').update(state).digest();

const consentPlace = (stateHash: Buffer) =>
  ({ id: stateHash.toString('hex'), field: 'code_verifier' }) as const;

const placesOf = (connectionId: string, externalUserId: string | null) => ({
  connectionId,
  externalUserId: externalUserId ?? '',
});
