import * as oauth from 'oauth4webapi';
import { type Answer, type Ask, failureOf, ProviderFailed } from './ask.ts';
import { addressOf, bodyOf, type Places } from './fill-in.ts';
import type { Provider } from './load-mappings.ts';
import { at } from './pointer.ts';

export interface Tokens {
  readonly accessToken: string;
  /** Null: there is none, or the one before still holds. */
  readonly refreshToken: string | null;
  /** Null: not said. */
  readonly expiresInS: number | null;
  /** What the person allowed; null: what was asked for. */
  readonly scopes: readonly string[] | null;
}

export interface Agreed extends Tokens {
  readonly externalUserId: string | null;
}

export interface Challenge {
  readonly state: string;
  readonly codeVerifier: string;
  /** Where the person goes to agree. */
  readonly url: string;
}

/** The code of a failure after which only the person can help, by agreeing once more. */
export const NEEDS_CONSENT = 'needs_consent';

const SCOPES_MAX = 64;

/**
 * OAuth 2.0 with one provider: authorization code with PKCE (RFC 6749, RFC 7636), refreshing, revoking (RFC 7009).
 * Everything rejects with {@link ProviderFailed}.
 */
export class OAuth {
  readonly #provider: Provider;
  readonly #ask: Ask;
  readonly #redirectUri: string;
  readonly #nowMs: () => number;

  constructor(provider: Provider, redirectUri: string, ask: Ask, nowMs: () => number) {
    this.#provider = provider;
    this.#redirectUri = redirectUri;
    this.#ask = ask;
    this.#nowMs = nowMs;
  }

  async challenge(): Promise<Challenge> {
    const { oauth: how, client } = this.#provider;
    const [state, codeVerifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
    const url = addressOf(
      this.#provider,
      how.authorizationUrl,
      {
        ...how.parameters,
        response_type: 'code',
        client_id: client.id,
        redirect_uri: this.#redirectUri,
        scope: how.scopes.join(how.scopeSeparator),
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      },
      {},
    );
    return { state, codeVerifier, url };
  }

  /** Exchanges the code that a person came back with. */
  async exchange(code: string, codeVerifier: string): Promise<Agreed> {
    const [server, client] = this.#parties();
    const state = oauth.generateRandomState();
    return this.#tokens(async (options) => {
      // Whose it is was checked by the row that `state` names; the library wants it said again.
      const callback = oauth.validateAuthResponse(
        server,
        client,
        new URLSearchParams({ code, state }),
        state,
      );
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.#authentication(),
        callback,
        this.#redirectUri,
        codeVerifier,
        options,
      );
      return oauth.processAuthorizationCodeResponse(server, client, answer);
    });
  }

  /** The refresh token may be another one from then on; the one before may be void. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const [server, client] = this.#parties();
    return this.#tokens(async (options) => {
      const answer = await oauth.refreshTokenGrantRequest(
        server,
        client,
        this.#authentication(),
        refreshToken,
        options,
      );
      return oauth.processRefreshTokenResponse(server, client, answer);
    });
  }

  /** What the provider wants done once somebody has agreed. */
  async afterConsent(accessToken: string, places: Places): Promise<void> {
    for (const call of this.#provider.afterConsent) {
      const body = bodyOf(call, places);
      const answer = await this.#ask(addressOf(this.#provider, call.url, {}, places), {
        method: call.method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      });
      if (!isFine(answer, call.accept)) throw failureOf(answer, this.#nowMs());
    }
  }

  /** Tells the provider that nobody will read any more. A token that it knows no more is as good as revoked. */
  async revoke(tokens: Pick<Tokens, 'accessToken' | 'refreshToken'>, places: Places): Promise<void> {
    const { onDisconnect, oauth: how } = this.#provider;
    if (onDisconnect) {
      const answer = await this.#ask(addressOf(this.#provider, onDisconnect.url, {}, places), {
        method: onDisconnect.method,
        headers: { authorization: `Bearer ${tokens.accessToken}` },
      });
      if (!isFine(answer, onDisconnect.accept)) throw failureOf(answer, this.#nowMs());
      return;
    }
    if (how.revocationUrl === undefined) return;
    const [server, client] = this.#parties();
    await this.#speaking(async (options) => {
      const answer = await oauth.revocationRequest(
        server,
        client,
        this.#authentication(how.revocationAuth),
        tokens.refreshToken ?? tokens.accessToken,
        options,
      );
      await oauth.processRevocationResponse(answer);
    });
  }

  #parties(): [oauth.AuthorizationServer, oauth.Client] {
    const { oauth: how, client } = this.#provider;
    const at = (url: string) => addressOf(this.#provider, url, {}, {});
    const server = {
      issuer: new URL(at(how.tokenUrl)).origin,
      token_endpoint: at(how.tokenUrl),
      ...(how.revocationUrl === undefined ? {} : { revocation_endpoint: at(how.revocationUrl) }),
    };
    return [server, { client_id: client.id }];
  }

  #authentication(how = this.#provider.oauth.clientAuth): oauth.ClientAuth {
    const { secret } = this.#provider.client;
    if (how === 'none') return oauth.None();
    return how === 'basic' ? basic(secret) : oauth.ClientSecretPost(secret);
  }

  async #tokens(
    speak: (options: oauth.TokenEndpointRequestOptions) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<Agreed> {
    const said = await this.#speaking(speak);
    const { externalUserId } = this.#provider.oauth;
    const id = externalUserId === undefined ? undefined : at(said, externalUserId);
    return {
      accessToken: said.access_token,
      refreshToken: said.refresh_token ?? null,
      expiresInS: said.expires_in ?? null,
      scopes: said.scope === undefined ? null : scopesIn(said.scope),
      externalUserId: typeof id === 'string' || typeof id === 'number' ? String(id).slice(0, 200) : null,
    };
  }

  /** Speaks through the library, which is given our deadline and cap, and turns what goes wrong into codes. */
  async #speaking<T>(speak: (options: oauth.TokenEndpointRequestOptions) => Promise<T>): Promise<T> {
    let last: Answer | null = null;
    const options = {
      // Hosts are checked where they are read: plain HTTP goes to this machine only.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>) => {
        last = await this.#ask(url, {
          method: init.method,
          headers: init.headers,
          body: init.body.toString(),
        });
        const { status, headers, text } = last;
        const hasBody = status !== 204 && status !== 205 && status !== 304;
        return new Response(hasBody ? text : null, { status, headers: { 'content-type': typeOf(headers) } });
      },
    };
    try {
      return await speak(options);
    } catch (error) {
      throw error instanceof ProviderFailed ? error : this.#failure(error, last);
    }
  }

  #failure(error: unknown, last: Answer | null): ProviderFailed {
    const said = error instanceof oauth.ResponseBodyError ? error.error : null;
    if (said === 'invalid_grant') return new ProviderFailed(NEEDS_CONSENT);
    if (said === 'invalid_client' || last?.status === 401) return new ProviderFailed('client_refused');
    // Some say so in words of their own.
    if (last?.status === 400 && said === null) return new ProviderFailed(NEEDS_CONSENT);
    if (last && (last.status < 200 || last.status > 299) && said === null)
      return failureOf(last, this.#nowMs());
    return new ProviderFailed(said === null ? 'provider_answer' : 'provider_refused');
  }
}

/**
 * HTTP Basic by RFC 6749, 2.3.1: both parts form-encoded. The library's own also encodes what that leaves alone, such as the
 * dashes of a UUID, and not every server decodes.
 */
const basic =
  (secret: string): oauth.ClientAuth =>
  (_server, { client_id: id }, _body, headers) => {
    const credentials = `${formEncoded(id)}:${formEncoded(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };

const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

const isFine = ({ status }: Answer, accept: readonly number[]) =>
  (status >= 200 && status <= 299) || accept.includes(status);

/** Some write a list of their own kind after it, or none at all. */
const typeOf = (headers: Headers) => headers.get('content-type') ?? 'application/json';

export const scopesIn = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .filter((scope) => scope !== '')
    .slice(0, SCOPES_MAX);
