import { createECDH } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Clock } from '../../lib/clock.ts';

/** An operator's pair of keys, in base64url as push services and browsers take them: a point of 65 bytes and its number. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:` or `https:`: whom a push service may write to. */
  readonly subject: string;
}

const CURVE = 'prime256v1';
/** RFC 8292 allows a day; a clock may be wrong by hours. */
const SIGNED_FOR_S = 12 * 60 * 60;
const RENEW_BEFORE_MS = 60 * 60_000;

export function newVapidKeys(): Pick<VapidKeys, 'publicKey' | 'privateKey'> {
  const pair = createECDH(CURVE);
  const publicKey = pair.generateKeys('base64url');
  return { publicKey, privateKey: numberOf(pair.getPrivateKey()) };
}

// Leading zeros are no part of what node gives.
const numberOf = (key: Buffer) =>
  Buffer.concat([Buffer.alloc(Math.max(0, 32 - key.length)), key]).toString('base64url');

/** Whether the one belongs to the other. */
export function isPair({ publicKey, privateKey }: Pick<VapidKeys, 'publicKey' | 'privateKey'>): boolean {
  try {
    const pair = createECDH(CURVE);
    pair.setPrivateKey(privateKey, 'base64url');
    return pair.getPublicKey('base64url') === publicKey;
  } catch {
    return false;
  }
}

/** Says to push services who sends (RFC 8292): the value of `authorization`, by the origin that is sent to. */
export function vapidSigner(keys: VapidKeys, clock: Clock): (origin: string) => Promise<string> {
  const signed = new Map<string, { readonly value: string; readonly untilMs: number }>();
  return async (origin) => {
    const nowMs = clock.nowMs();
    const known = signed.get(origin);
    if (known && known.untilMs - RENEW_BEFORE_MS > nowMs) return known.value;
    const expiresAtS = Math.floor(nowMs / 1_000) + SIGNED_FOR_S;
    const token = await new SignJWT({ aud: origin, exp: expiresAtS, sub: keys.subject })
      .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
      .sign(await importJWK(jwkOf(keys), 'ES256'));
    const value = `vapid t=${token}, k=${keys.publicKey}`;
    signed.set(origin, { value, untilMs: expiresAtS * 1_000 });
    return value;
  };
}

function jwkOf({ publicKey, privateKey: d }: VapidKeys) {
  const point = Buffer.from(publicKey, 'base64url');
  const half = (from: number) => point.subarray(from, from + 32).toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: half(1), y: half(33), d };
}
