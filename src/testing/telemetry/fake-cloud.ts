import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { must } from '../../lib/assert.ts';

/** An activity in the shape of Strava's, with its streams. */
export interface FakeActivity {
  readonly id: number;
  readonly startMs: number;
  /** One a second; none: it has no heart rate. */
  readonly heartRates: readonly number[];
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
}

/**
 * A wearable cloud on this machine that speaks OAuth 2.0 as strictly as the RFCs have it (codes and refresh tokens good once,
 * PKCE checked) and answers as Strava's API does. Nothing in it was ever measured.
 */
export class FakeCloud {
  readonly clientId = 'fake-client';
  readonly clientSecret = 'fake-secret';
  activities: FakeActivity[] = [];
  /** Answered instead of everything that the API has, and with these headers. */
  trouble: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | null = null;
  /** Of access tokens, in seconds. */
  tokenLifeS = 3_600;
  /** How long every answer of the API takes. */
  answersAfterMs = 0;
  /** Every request, as `GET /path`. */
  readonly asked: string[] = [];
  /** Every token that was ever given out. */
  readonly givenOut = new Set<string>();
  readonly revoked: string[] = [];
  #server: Server | null = null;
  #held: Promise<void> | null = null;
  readonly #codes = new Map<string, Grant>();
  #access = new Set<string>();
  #refresh = new Set<string>();

  static async start(): Promise<FakeCloud> {
    const cloud = new FakeCloud();
    const server = createServer((request, response) => void cloud.#answer(request, response));
    cloud.#server = server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return cloud;
  }

  async stop(): Promise<void> {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  get url(): string {
    const { port } = must(this.#server?.address() as AddressInfo | null | undefined, 'a running cloud');
    return `http://127.0.0.1:${port}`;
  }

  /** What the operator writes down, so that the mapping of Strava asks here. */
  get clients(): string {
    const { clientId, clientSecret, url } = this;
    return JSON.stringify({ strava: { clientId, clientSecret, hosts: { auth: url, api: `${url}/api` } } });
  }

  /** The person agrees: where their browser is sent back to. */
  async agree(authorizationUrl: string): Promise<URL> {
    const answer = await fetch(authorizationUrl, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? '');
  }

  /** The next request of the API is not answered until the function that comes back is called; others are. */
  holdNext(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Access tokens are over at once; refresh tokens hold. */
  expireTokens(): void {
    this.#access = new Set();
  }

  /** The person takes everything back on the provider's own page. */
  takeBack(): void {
    this.#access = new Set();
    this.#refresh = new Set();
  }

  asks(path: RegExp): number {
    return this.asked.filter((one) => path.test(one)).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.asked.push(`${request.method} ${url.pathname}`);
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const send = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(value === null ? undefined : JSON.stringify(value));
    if (url.pathname === '/oauth/authorize') return void this.#authorize(url, send);
    if (url.pathname === '/oauth/token') return void this.#token(form, send);
    if (url.pathname === '/oauth/revoke') return void this.#revoke(request, form, send);
    const held = this.#held;
    this.#held = null;
    await held;
    if (this.answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.answersAfterMs));
    if (this.trouble)
      return void send(this.trouble.status, { message: 'heart rate 93 of Vera' }, this.trouble.headers);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!this.#access.has(token)) return void send(401, { message: 'Authorization Error' });
    send(...this.#api(url));
  }

  #authorize(url: URL, send: Send): void {
    const said = (name: string) => url.searchParams.get(name) ?? '';
    if (said('client_id') !== this.clientId || said('code_challenge_method') !== 'S256')
      return void send(400, { error: 'invalid_request' });
    const code = randomUUID();
    this.#codes.set(code, { challenge: said('code_challenge'), redirectUri: said('redirect_uri') });
    const back = new URL(said('redirect_uri'));
    back.search = new URLSearchParams({
      state: said('state'),
      code,
      scope: 'read,activity:read_all',
    }).toString();
    send(302, null, { location: back.href });
  }

  #token(form: URLSearchParams, send: Send): void {
    const said = (name: string) => form.get(name) ?? '';
    if (said('client_id') !== this.clientId || said('client_secret') !== this.clientSecret)
      return void send(401, { error: 'invalid_client' });
    if (said('grant_type') === 'refresh_token') {
      if (!this.#refresh.delete(said('refresh_token'))) return void send(400, { error: 'invalid_grant' });
      return void send(200, this.#newTokens());
    }
    const grant = this.#codes.get(said('code'));
    this.#codes.delete(said('code'));
    const challenge = createHash('sha256').update(said('code_verifier')).digest('base64url');
    if (!grant || grant.challenge !== challenge || grant.redirectUri !== said('redirect_uri'))
      return void send(400, { error: 'invalid_grant' });
    send(200, { ...this.#newTokens(), scope: 'read,activity:read_all', athlete: { id: 4_711 } });
  }

  #newTokens() {
    const [access_token, refresh_token] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`];
    this.#access.add(access_token);
    this.#refresh.add(refresh_token);
    for (const token of [access_token, refresh_token]) this.givenOut.add(token);
    return { token_type: 'Bearer', access_token, refresh_token, expires_in: this.tokenLifeS };
  }

  #revoke(request: IncomingMessage, form: URLSearchParams, send: Send): void {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    if (request.headers.authorization !== `Basic ${basic}`)
      return void send(401, { error: 'invalid_client' });
    this.revoked.push(form.get('token') ?? '');
    this.takeBack();
    send(200, null);
  }

  #api(url: URL): [number, unknown] {
    const streams = /^\/api\/activities\/(\d+)\/streams$/.exec(url.pathname);
    if (streams) {
      const activity = this.activities.find(({ id }) => id === Number(streams[1]));
      if (!activity) return [404, { message: 'Record Not Found' }];
      const data = [...activity.heartRates];
      return [200, { time: { data: data.map((_, i) => i) }, heartrate: { data } }];
    }
    if (url.pathname !== '/api/athlete/activities') return [404, { message: 'Record Not Found' }];
    const said = (name: string) => Number(url.searchParams.get(name));
    const since = this.activities.filter(({ startMs }) => startMs / 1_000 > said('after'));
    const from = (said('page') - 1) * said('per_page');
    return [
      200,
      since.slice(from, from + said('per_page')).map(({ id, startMs, heartRates }) => ({
        id,
        start_date: new Date(startMs).toISOString().replace('.000Z', 'Z'),
        has_heartrate: heartRates.length > 0,
        name: 'Morning run',
      })),
    ];
  }
}

type Send = (status: number, value: unknown, headers?: Readonly<Record<string, string>>) => unknown;
