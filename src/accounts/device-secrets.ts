import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { isUuid } from '../lib/ids.ts';

/** No 0 and O, no 1, I and L, no U that looks like V: read aloud and copied by hand. 30^8 codes. */
const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARS = 8;
const SECRET_BYTES = 32;

const PREFIX = 'device:';

export const newCode = (): string =>
  Array.from({ length: CODE_CHARS }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

/** As people type it: any case, with spaces or dashes. Null when it can't be a code. */
export function codeOf(typed: string): string | null {
  const code = typed.replace(/[\s-]/g, '').toUpperCase();
  const fits = code.length === CODE_CHARS && [...code].every((char) => CODE_ALPHABET.includes(char));
  return fits ? code : null;
}

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** Plain SHA-256: secrets are random, and codes live for minutes. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export const isSecretOf = (secret: string, hash: Uint8Array): boolean =>
  hash.byteLength === SECRET_BYTES && timingSafeEqual(hashOf(secret), hash);

export const credentialOf = (deviceId: string, secret: string): string => `${PREFIX}${deviceId}:${secret}`;

/** Id and secret of `device:<id>:<secret>`; null when it is none. */
export function partsOf(credential: string): { deviceId: string; secret: string } | null {
  if (!credential.startsWith(PREFIX)) return null;
  const [deviceId = '', secret = '', ...more] = credential.slice(PREFIX.length).split(':');
  return isUuid(deviceId) && isSecret(secret) && more.length === 0 ? { deviceId, secret } : null;
}

export const isSecret = (text: string): boolean => /^[\w-]{43}$/.test(text);
