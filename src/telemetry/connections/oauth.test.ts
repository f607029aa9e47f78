import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { type Answer, type Ask, askOverHttp, failureOf, ProviderFailed, type Question } from './ask.ts';
import { addressOf, bodyOf } from './fill-in.ts';
import type { Provider } from './load-mappings.ts';
import { mapping } from './mapping.ts';
import { OAuth } from './oauth.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const provider = (name: string): Provider => {
  const file = new URL(`deploy/wearables/${name}.json`, packageRoot);
  const client = { id: '57a715f8-b7e8', secret: 'p:ss/w rd' };
  return { ...mapping.parse(JSON.parse(readFileSync(file, 'utf8'))), client };
};
const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers({ 'content-type': 'application/json;charset=UTF-8', ...headers }),
  text: value === null ? '' : JSON.stringify(value),
});

/** Speaks OAuth with a provider that gives this answer to everything. */
function speaking(name: string, answer: Answer | Error) {
  const asked: { url: string; question: Question }[] = [];
  const ask: Ask = async (url, question = {}) => {
    asked.push({ url, question });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { oauth: new OAuth(provider(name), 'https://muster.example.org/back', ask, () => NOW), asked };
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof ProviderFailed ? error.code : error),
  );

describe('the address to agree at', () => {
  test('is the provider’s, with a challenge and not the verifier, and scopes as it writes them', async () => {
    const { oauth, asked } = speaking('strava', json(200, {}));
    const { url, state, codeVerifier } = await oauth.challenge();
    const said = new URL(url).searchParams;
    expect(url).toMatch(/^https:\/\/www\.strava\.com\/oauth\/authorize\?/);
    expect(Object.fromEntries(said)).toMatchObject({
      response_type: 'code',
      client_id: '57a715f8-b7e8',
      redirect_uri: 'https://muster.example.org/back',
      scope: 'activity:read_all,profile:read_all',
      state,
      code_challenge_method: 'S256',
      approval_prompt: 'auto',
    });
    expect(url).not.toContain(codeVerifier);
    expect((await oauth.challenge()).state).not.toBe(state);
    expect(asked).toEqual([]);
  });
});

describe('exchanging a code', () => {
  test('leads to tokens and to who it is there, also when the provider writes numbers', async () => {
    const tokens = { token_type: 'bearer', access_token: 'a', expires_in: '31535999', x_user_id: 10_579 };
    const { oauth, asked } = speaking('polar', json(200, tokens));
    expect(await oauth.exchange('the-code', 'the-verifier')).toEqual({
      accessToken: 'a',
      refreshToken: null,
      expiresInS: 31_535_999,
      scopes: null,
      externalUserId: '10579',
    });
    const [{ url, question }] = asked as [(typeof asked)[number]];
    expect(url).toBe('https://polarremote.com/v2/oauth2/token');
    expect(question.headers?.authorization).toBe(
      `Basic ${Buffer.from('57a715f8-b7e8:p%3Ass%2Fw+rd').toString('base64')}`,
    );
    expect(Object.fromEntries(new URLSearchParams(question.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      code_verifier: 'the-verifier',
      redirect_uri: 'https://muster.example.org/back',
    });
  });

  test('says what was allowed', async () => {
    const tokens = {
      token_type: 'Bearer',
      access_token: 'a',
      refresh_token: 'r',
      expires_in: 21_600,
      scope: 'read,activity:read_all',
      athlete: { id: 7 },
    };
    const { oauth, asked } = speaking('strava', json(200, tokens));
    expect(await oauth.exchange('c', 'v')).toMatchObject({
      refreshToken: 'r',
      scopes: ['read', 'activity:read_all'],
      externalUserId: '7',
    });
    expect(new URLSearchParams(asked[0]?.question.body).get('client_secret')).toBe('p:ss/w rd');
  });

  test('that answers with something else is refused by a code', async () => {
    const cases: [Answer | Error, string][] = [
      [json(400, { error: 'invalid_grant' }), 'needs_consent'],
      [json(400, { message: 'Bad Request', errors: [{ code: 'invalid' }] }), 'needs_consent'],
      [json(401, { error: 'invalid_client' }), 'client_refused'],
      [json(401, { message: 'Authorization Error' }), 'client_refused'],
      [json(400, { error: 'invalid_scope' }), 'provider_refused'],
      [json(503, null), 'provider_http_503'],
      [json(429, null), 'provider_busy'],
      [json(302, null, { location: 'https://evil.example' }), 'provider_redirect'],
      [json(200, { access_token: 7 }), 'provider_answer'],
      [json(200, { access_token: 'a', token_type: 'mac' }), 'provider_answer'],
      [json(200, null), 'provider_answer'],
      [new ProviderFailed('provider_timeout'), 'provider_timeout'],
    ];
    for (const [answer, code] of cases) {
      expect(await codeOf(speaking('strava', answer).oauth.exchange('c', 'v'))).toBe(code);
      expect(await codeOf(speaking('strava', answer).oauth.refresh('r'))).toBe(code);
    }
  });
});

describe('what else a provider wants', () => {
  test('is done once somebody has agreed, and may have been done before', async () => {
    const { oauth, asked } = speaking('polar', json(409, null));
    await oauth.afterConsent('a', { connectionId: 'c-1', externalUserId: '7' });
    expect(asked).toEqual([
      {
        url: 'https://www.polaraccesslink.com/v3/users',
        question: {
          method: 'POST',
          headers: { authorization: 'Bearer a', 'content-type': 'application/json' },
          body: '{"member-id":"c-1"}',
        },
      },
    ]);
    expect(await codeOf(speaking('polar', json(500, null)).oauth.afterConsent('a', {}))).toBe(
      'provider_http_500',
    );
  });

  test('is told when somebody disconnects, in its own way or by RFC 7009', async () => {
    const tokens = { accessToken: 'a', refreshToken: 'r' };
    const polar = speaking('polar', json(204, null));
    await polar.oauth.revoke(tokens, { externalUserId: '7/../8' });
    expect(polar.asked[0]?.url).toBe('https://www.polaraccesslink.com/v3/users/7%2F..%2F8');
    const strava = speaking('strava', json(200, null));
    await strava.oauth.revoke(tokens, {});
    expect(strava.asked[0]?.url).toBe('https://www.strava.com/oauth/revoke');
    expect(strava.asked[0]?.question.body).toBe('token=r');
    expect(strava.asked[0]?.question.headers?.authorization).toMatch(/^Basic /);
    expect(await codeOf(speaking('strava', json(503, null)).oauth.revoke(tokens, {}))).toBe(
      'provider_http_503',
    );
  });
});

describe('filling in', () => {
  test('never leaves the host or the place in the path, and leaves out what is empty', () => {
    const one = provider('polar');
    const of = (id: string) =>
      addressOf(one, '{api}/v3/exercises/{id}', { page: '{page}', all: 'yes' }, { id });
    expect(of('a?b#c')).toBe('https://www.polaraccesslink.com/v3/exercises/a%3Fb%23c?all=yes');
    expect(of('..')).toBe('https://www.polaraccesslink.com/v3/exercises/?all=yes');
    expect(of('@evil.example/')).toContain('https://www.polaraccesslink.com/v3/exercises/%40evil');
    expect(bodyOf({ method: 'POST', url: '', accept: [], json: { 'member-id': '{id}' } }, { id: '"}' })).toBe(
      '{"member-id":"\\"}"}',
    );
  });
});

describe('asking over HTTP', () => {
  let server: Awaited<ReturnType<typeof open>>;
  const open = async () => {
    const { createServer } = await import('node:http');
    const made = createServer((request, response) => {
      if (request.url === '/silent') return;
      if (request.url === '/away') return void response.writeHead(302, { location: '/large' }).end();
      response.end('x'.repeat(request.url === '/large' ? 20_000 : 10));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => made.once('listening', resolve));
    return made;
  };
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const at = (path: string) => `http://127.0.0.1:${(server.address() as { port: number }).port}${path}`;

  test('has a deadline, a cap, and follows nobody', async () => {
    const ask = askOverHttp({ timeoutMs: 200, bytesMax: 1_000 });
    expect((await ask(at('/small'))).text).toBe('xxxxxxxxxx');
    expect(await codeOf(ask(at('/silent')))).toBe('provider_timeout');
    expect(await codeOf(ask(at('/large')))).toBe('provider_too_large');
    expect((await ask(at('/away'))).status).toBe(302);
    expect(await codeOf(ask('http://127.0.0.1:1/'))).toBe('provider_unreachable');
  });

  test('ends when the node does', async () => {
    const stopped = new AbortController();
    const ask = askOverHttp({ timeoutMs: 60_000, bytesMax: 1_000, stopped: stopped.signal });
    const asking = codeOf(ask(at('/silent')));
    stopped.abort();
    expect(await asking).toBe('node_stopping');
  });

  test('waits as long as it is asked to, at most a day', () => {
    const asked = (after: string) => failureOf(json(503, null, { 'retry-after': after }), NOW).retryAfterMs;
    expect(asked('120')).toBe(120_000);
    expect(asked('Sun, 01 Mar 2026 00:10:00 GMT')).toBe(600_000);
    expect(asked('Sun, 01 Mar 2020 00:10:00 GMT')).toBe(0);
    expect(asked('999999999')).toBe(86_400_000);
    expect(asked('soon')).toBe(null);
    expect(failureOf(json(429, null), NOW).retryAfterMs).toBe(900_000);
  });
});
