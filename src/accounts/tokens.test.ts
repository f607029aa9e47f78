import fc from 'fast-check';
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { openTokens, type SigningKey, type SigningKeys, type Tokens } from './tokens.ts';

const USER = '01890000-0000-7000-8000-000000000001';
const SESSION = '01890000-0000-7000-8000-0000000000aa';
const LIFE_MS = 900_000;

async function newKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { id, privateKey, publicKey };
}

describe('an access token', () => {
  const clock = new ManualClock(1_750_000_000_400);
  let key: SigningKey;
  let tokens: Tokens;
  let token: string;

  const ring = (...keys: readonly [SigningKey, ...SigningKey[]]): SigningKeys => ({
    signer: () => keys[0],
    find: (id) => keys.find((one) => one.id === id),
  });
  const opened = (keys: readonly [SigningKey, ...SigningKey[]], audience = 'muster') =>
    openTokens({
      issuer: 'muster',
      audience,
      lifeMs: LIFE_MS,
      keys: ring(...keys),
      clock,
      log: silentLogger,
    });

  /** A token that is right in every respect but those given. */
  const forged = (header: object, claims: object, signer = key.privateKey) =>
    new SignJWT({
      iss: 'muster',
      aud: 'muster',
      sub: USER,
      iat: Math.floor(clock.nowMs() / 1_000),
      exp: Math.floor(clock.nowMs() / 1_000) + 60,
      grants: ['patient'],
      sid: SESSION,
      ...claims,
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header })
      .sign(signer);

  beforeAll(async () => {
    key = await newKey('k1');
    tokens = opened([key]);
    token = (await tokens.issue(USER, ['patient', 'volunteer'], clock.nowMs(), SESSION)).token;
  });

  test('says who it is, what they may do, and until when', async () => {
    expect(await tokens.verify(token)).toEqual({
      ok: true,
      value: {
        userId: USER,
        grants: ['patient', 'volunteer'],
        sessionId: SESSION,
        madeAtMs: 1_750_000_000_000,
        expiresAtMs: 1_750_000_900_000,
      },
    });
  });

  test('ends when it says', async () => {
    const later = new ManualClock(clock.nowMs());
    const checked = openTokens({
      issuer: 'muster',
      audience: 'muster',
      lifeMs: LIFE_MS,
      keys: ring(key),
      clock: later,
      log: silentLogger,
    });
    later.advance(LIFE_MS - 1_000);
    expect(await checked.verify(token)).toMatchObject({ ok: true });
    later.advance(1_000);
    expect(await checked.verify(token)).toEqual({ ok: false, code: 'token_expired' });
  });

  test('is no token with any of its characters changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), async (at) => {
        const other = token[at] === 'A' ? 'B' : 'A';
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect(await tokens.verify(changed)).toEqual({ ok: false, code: 'token_invalid' });
      }),
    );
  });

  test('is no token when it is anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.')),
          fc.json().map((json) => `${Buffer.from(json).toString('base64url')}.e30.AA`),
        ),
        async (text) => {
          expect(await tokens.verify(text)).toEqual({ ok: false, code: 'token_invalid' });
        },
      ),
    );
    expect(await tokens.verify(`${token}${'A'.repeat(5_000)}`)).toMatchObject({ code: 'token_invalid' });
  });

  test('is refused unsigned (alg none), and signed with a public key as a shared secret', async () => {
    const claims = must(token.split('.')[1], 'claims');
    const unsecured = new UnsecuredJWT({ grants: ['admin'] })
      .setIssuer('muster')
      .setAudience('muster')
      .setSubject(USER)
      .setExpirationTime(9e9)
      .encode();
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k1"}').toString('base64url')}.${claims}.`;
    const { x } = await exportJWK(key.publicKey);
    const secret = await importJWK({ kty: 'oct', k: must(x, 'a public key') }, 'HS256');
    const confused = await new SignJWT({ grants: ['admin'] })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
      .sign(secret);
    for (const bad of [unsecured, none, confused]) {
      expect(await tokens.verify(bad)).toEqual({ ok: false, code: 'token_invalid' });
    }
  });

  test('is refused of another kind, issuer, audience or person', async () => {
    expect(await tokens.verify(await forged({}, {}))).toMatchObject({ ok: true });
    const bad = await Promise.all([
      forged({ typ: 'JWT' }, {}),
      forged({ kid: 'k2' }, {}),
      forged({}, { iss: 'other' }),
      forged({}, { aud: 'other' }),
      forged({}, { sub: "'; drop table users" }),
      forged({}, { sub: undefined }),
      forged({}, { exp: undefined }),
      forged({}, { iat: undefined }),
      forged({}, { grants: 'admin' }),
      forged({}, { sid: undefined }),
      forged({}, { sid: 7 }),
      forged({}, {}, (await newKey('k1')).privateKey),
    ]);
    for (const one of bad) {
      expect(await tokens.verify(one)).toEqual({ ok: false, code: 'token_invalid' });
    }
    expect(await opened([key], 'elsewhere').verify(token)).toEqual({ ok: false, code: 'token_invalid' });
  });

  test('carries no grant that does not exist', async () => {
    const odd = await forged({}, { grants: ['patient', 'root', 7] });
    expect(await tokens.verify(odd)).toMatchObject({ ok: true, value: { grants: ['patient'] } });
  });

  test('holds on when a newer key has come', async () => {
    const newer = await newKey('k2');
    expect(await opened([newer, key]).verify(token)).toMatchObject({ ok: true });
  });
});
