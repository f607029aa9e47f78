import { describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { errorBody } from '../protocol/errors.ts';
import { type FetchLike, MusterHttp, type SignedIn } from './http.ts';
import { signedInToken } from './signed-in-token.ts';
import { uuidOf } from './testing/server-model.ts';

const userId = uuidOf(1);
const signedIn: SignedIn = { userId, grants: ['volunteer'], accessToken: 'a', expiresAtMs: 1 };

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

describe('a token kept from signing in', () => {
  function source() {
    const clock = new ManualClock();
    let times = 0;
    const signIn = async () => {
      times += 1;
      return { ...signedIn, accessToken: `token ${times}`, expiresAtMs: clock.nowMs() + 900_000 };
    };
    return { clock, token: signedInToken({ signIn }, { email: 'a@b.c', password: 'p' }, clock) };
  }

  it('is used until shortly before it expires', async () => {
    const { clock, token } = source();
    expect(await token()).toBe('token 1');
    clock.advance(839_000);
    expect(await token()).toBe('token 1');
    clock.advance(1_000);
    expect(await token()).toBe('token 2');
  });

  it('is replaced when the server says it has expired, whatever the clock here says', async () => {
    const { token } = source();
    await token();
    expect(await token({ refused: true })).toBe('token 2');
    expect(await token({ refused: false })).toBe('token 2');
  });

  it('is asked for once by those who ask together, and again after a failure', async () => {
    const { token } = source();
    expect(await Promise.all([token(), token()])).toEqual(['token 1', 'token 1']);

    let times = 0;
    const failing = signedInToken(
      { signIn: () => (++times === 1 ? Promise.reject(new Error('away')) : Promise.resolve(signedIn)) },
      { email: 'a@b.c', password: 'p' },
      new ManualClock(),
    );
    expect(await failure(failing())).toBeInstanceOf(Error);
    expect(await failing()).toBe('a');
  });
});
