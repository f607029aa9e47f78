import { describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { ERRORS, errorBody } from '../protocol/errors.ts';
import { localError, MusterError } from './errors.ts';
import { type FetchLike, MusterHttp, type SignedIn } from './http.ts';
import { refreshedToken, signedInToken } from './signed-in-token.ts';
import { uuidOf } from './testing/server-model.ts';

const userId = uuidOf(1);
const signedIn: SignedIn = {
  userId,
  grants: ['volunteer'],
  accessToken: 'a',
  expiresAtMs: 1,
  refreshToken: 'r',
};

function answering(status: number, body: unknown) {
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch: FetchLike = async (url, init) => {
    calls.push({ url, init });
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  };
  const first = () => calls[0] ?? { url: '', init: {} };
  return { http: new MusterHttp('https://node.test:8443/', fetch), first };
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => error,
  );

describe('the HTTP routes', () => {
  it('signs in with e-mail and password', async () => {
    const { http, first } = answering(200, signedIn);
    expect(await http.signIn({ email: 'a@b.c', password: 'p' })).toEqual(signedIn);
    expect(first().url).toBe('https://node.test:8443/v1/sessions');
    expect(first().init).toMatchObject({ method: 'POST', body: '{"email":"a@b.c","password":"p"}' });
  });

  it('sends the token in a header and the page in the query', async () => {
    const { http, first } = answering(200, { volunteers: [] });
    expect(await http.volunteers('t', { verified: false, limit: 5 })).toEqual([]);
    expect(first().url).toBe('https://node.test:8443/v1/volunteers?verified=false&limit=5');
    expect(first().init.headers).toEqual({ authorization: 'Bearer t' });
  });

  it('gives and takes grants by PUT and DELETE', async () => {
    for (const [held, method] of [
      [true, 'PUT'],
      [false, 'DELETE'],
    ] as const) {
      const { http, first } = answering(204, undefined);
      await http.setGrant('t', userId, 'dispatcher', held);
      expect(first()).toMatchObject({
        url: `https://node.test:8443/v1/users/${userId}/grants/dispatcher`,
        init: { method },
      });
    }
  });

  it('asks for everything kept about somebody, and for nothing of it to be left', async () => {
    const exported = {
      userId,
      exportedAt: '2026-01-01T00:00:00.000Z',
      tables: { 'accounts.users': [{ id: userId }] },
    };
    const own = answering(200, exported);
    expect(await own.http.rights.exportMe('t')).toEqual(exported);
    expect(own.first().url).toBe('https://node.test:8443/v1/me/export');
    const asked = answering(200, exported);
    await asked.http.rights.exportUser('t', userId, 'asked for by letter');
    expect(asked.first()).toMatchObject({
      url: `https://node.test:8443/v1/users/${userId}/export`,
      init: { method: 'POST', body: JSON.stringify({ reason: 'asked for by letter' }) },
    });
    const gone = answering(204, undefined);
    await gone.http.rights.eraseUser('t', userId, { password: 'mine', reason: 'asked for by letter' });
    expect(gone.first()).toMatchObject({
      url: `https://node.test:8443/v1/users/${userId}/erasure`,
      init: { body: JSON.stringify({ password: 'mine', reason: 'asked for by letter' }) },
    });
  });

  it('rejects with the error of the server', async () => {
    const { http } = answering(409, errorBody('email_taken'));
    const error = await failure(http.register({ email: 'a@b.c', password: 'p', name: 'A' }));
    expect(error).toMatchObject({ name: 'MusterError', code: 'email_taken', retryable: false });
  });

  it('rejects with an error of the table when something else answers, or nobody, or in another shape', async () => {
    const proxy = answering(502, { oops: true });
    expect(await failure(proxy.http.policy('t'))).toMatchObject({ code: 'internal', detail: 'HTTP 502' });
    const shape = answering(200, { version: 'x' });
    expect(await failure(shape.http.setPolicy('t', {}))).toMatchObject({ code: 'internal' });
    const nobody = new MusterHttp('http://node.test', () => Promise.reject(new TypeError('fetch failed')));
    expect(await failure(nobody.policy('t'))).toMatchObject({ code: 'network', retryable: true });
  });
});

describe('a session', () => {
  it('is refreshed and ended by tokens in body and header', async () => {
    const { http, first } = answering(200, signedIn);
    expect(await http.refresh('r')).toEqual(signedIn);
    expect(first()).toMatchObject({
      url: 'https://node.test:8443/v1/sessions/refresh',
      init: { method: 'POST', body: '{"refreshToken":"r"}' },
    });
    for (const [which, path] of [
      ['everywhere', '/v1/sessions'],
      ['current', '/v1/sessions/current'],
      [userId, `/v1/sessions/${userId}`],
    ] as const) {
      const ending = answering(204, undefined);
      await ending.http.signOut('t', which);
      expect(ending.first()).toMatchObject({
        url: `https://node.test:8443${path}`,
        init: { method: 'DELETE', headers: { authorization: 'Bearer t' } },
      });
    }
  });
});

describe('a token kept from signing in', () => {
  function source(refresh?: (refreshToken: string) => Promise<SignedIn>) {
    const clock = new ManualClock();
    const asked: string[] = [];
    const pair = (n: number): SignedIn => ({
      ...signedIn,
      accessToken: `token ${n}`,
      expiresAtMs: clock.nowMs() + 900_000,
      refreshToken: `refresh ${n}`,
    });
    const http = {
      signIn: async () => {
        asked.push('sign in');
        return pair(asked.length);
      },
      refresh: async (refreshToken: string) => {
        asked.push(refreshToken);
        return refresh ? refresh(refreshToken) : pair(asked.length);
      },
    };
    const credentials = { email: 'a@b.c', password: 'p' };
    return { clock, asked, http, pair, token: signedInToken(http, credentials, clock) };
  }

  it('is used until shortly before it expires, then refreshed', async () => {
    const { clock, asked, token } = source();
    expect(await token()).toBe('token 1');
    clock.advance(839_000);
    expect(await token()).toBe('token 1');
    clock.advance(1_000);
    expect(await token()).toBe('token 2');
    clock.advance(840_000);
    expect(await token()).toBe('token 3');
    expect(asked).toEqual(['sign in', 'refresh 1', 'refresh 2']);
  });

  it('is replaced when the server says it has expired, whatever the clock here says', async () => {
    const { token } = source();
    await token();
    expect(await token({ refused: true })).toBe('token 2');
    expect(await token({ refused: false })).toBe('token 2');
  });

  it('comes from signing in again once the session has ended', async () => {
    for (const code of ['token_invalid', 'token_expired'] as const) {
      const { asked, token } = source(() => Promise.reject(new MusterError({ code, ...ERRORS[code] })));
      await token();
      expect(await token({ refused: true })).toBe('token 3');
      expect(asked).toEqual(['sign in', 'refresh 1', 'sign in']);
    }
  });

  it('is asked for with the same refresh token again when the answer was lost', async () => {
    let times = 0;
    const { asked, token } = source(() =>
      ++times === 1 ? Promise.reject(localError('network')) : Promise.resolve(signedIn),
    );
    await token();
    expect(await failure(token({ refused: true }))).toMatchObject({ code: 'network' });
    expect(await token({ refused: true })).toBe('a');
    expect(asked).toEqual(['sign in', 'refresh 1', 'refresh 1']);
  });

  it('is asked for once by those who ask together, and again after a failure', async () => {
    const { asked, token } = source();
    expect(await Promise.all([token(), token()])).toEqual(['token 1', 'token 1']);
    expect(asked).toEqual(['sign in']);

    let times = 0;
    const failing = signedInToken(
      {
        signIn: () => (++times === 1 ? Promise.reject(new Error('away')) : Promise.resolve(signedIn)),
        refresh: () => Promise.reject(new Error('not asked')),
      },
      { email: 'a@b.c', password: 'p' },
      new ManualClock(),
    );
    expect(await failure(failing())).toBeInstanceOf(Error);
    expect(await failing()).toBe('a');
  });

  it('continues a kept session without a password, until the server says that it is over', async () => {
    const { clock, asked, http, pair } = source();
    const token = refreshedToken(http, pair(0), clock);
    expect(await token()).toBe('token 0');
    clock.advance(900_000);
    expect(await token()).toBe('token 1');
    expect(asked).toEqual(['refresh 0']);
    const over = {
      refresh: () => Promise.reject(new MusterError({ code: 'token_invalid', ...ERRORS.token_invalid })),
    };
    expect(await failure(refreshedToken(over, { ...signedIn, expiresAtMs: 0 }, clock)())).toMatchObject({
      code: 'token_invalid',
    });
  });
});
