import { type CryptoKey, errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../lib/clock.ts';
import { isUuid } from '../lib/ids.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { GRANTS, type Grant } from './types.ts';

/** RFC 9068: says what the token is for, so that a token of another kind is none. */
const TYPE = 'at+jwt';
export const ALGORITHM = 'EdDSA';

/** Tokens of ours are about 400 bytes; nothing longer is looked at. */
const TOKEN_CHARS_MAX = 4_096;

/** A key pair of accounts.signing_keys. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface SigningKeys {
  /** The one to sign with now. */
  signer(): SigningKey;
  /** One whose tokens are still good. */
  find(id: string): SigningKey | undefined;
}

export interface TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly lifeMs: number;
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a token is good beyond its time at this moment, such as while no session can be renewed; absent: not at all. */
  readonly graceMs?: () => number;
}

export interface Claims {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly sessionId: string;
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
}

export interface Tokens {
  /** `madeAtMs`: from before the grants were read. */
  issue(
    userId: string,
    grants: readonly Grant[],
    madeAtMs: number,
    sessionId: string,
  ): Promise<{ token: string; expiresAtMs: number }>;
  verify(token: string): Promise<Result<Claims, 'token_invalid' | 'token_expired'>>;
}

const isGrant = (value: unknown): value is Grant => GRANTS.some((grant) => grant === value);

/** Access tokens: JWT signed with Ed25519 (RFC 8037), whole seconds as RFC 7519 has them. */
export function openTokens(options: TokenOptions): Tokens {
  const { issuer, audience, lifeMs, keys, clock, log, graceMs = () => 0 } = options;
  const keyOf = ({ kid }: { kid?: string }): CryptoKey => {
    const key = keys.find(kid ?? '');
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.publicKey;
  };

  return {
    async issue(userId, grants, madeAtMs, sessionId) {
      const madeAtS = Math.floor(madeAtMs / 1_000);
      const signer = keys.signer();
      const expiresAtS = madeAtS + Math.ceil(lifeMs / 1_000);
      const token = await new SignJWT({ grants, sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signer.id })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(madeAtS)
        .setExpirationTime(expiresAtS)
        .sign(signer.privateKey);
      return { token, expiresAtMs: expiresAtS * 1_000 };
    },

    async verify(token) {
      if (token.length > TOKEN_CHARS_MAX) return refused('token_invalid');
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          audience,
          requiredClaims: ['sub', 'iat', 'exp'],
          currentDate: new Date(clock.nowMs()),
          clockTolerance: Math.floor(graceMs() / 1_000),
        });
        const { sub = '', iat = 0, exp = 0, grants, sid } = payload;
        if (!isUuid(sub) || !Array.isArray(grants)) return refused('token_invalid');
        if (typeof sid !== 'string' || !isUuid(sid)) return refused('token_invalid');
        return ok({
          userId: sub,
          grants: grants.filter(isGrant),
          sessionId: sid,
          madeAtMs: iat * 1_000,
          expiresAtMs: exp * 1_000,
        });
      } catch (error) {
        if (error instanceof errors.JWTExpired) return refused('token_expired');
        if (!(error instanceof errors.JOSEError)) {
          log.warn(errorFields(error), 'a token could not be checked');
        }
        return refused('token_invalid');
      }
    },
  };
}
