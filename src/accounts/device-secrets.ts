import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { isUuid } from '../lib/ids.ts';

/** No 0 and O, no 1, I and L, no U that looks like V: read aloud and copied by hand. 30^8 codes. */
const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARS = 8;
/** 30^24 is 117 bits: nobody finds one by trying. Without look-alikes, because some apps have it typed in. */
const TRACKER_CHARS = 24;
const SECRET_BYTES = 32;

const PREFIX = 'device:';

const randomText = (chars: number): string =>
  Array.from({ length: chars }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

export const newCode = (): string => randomText(CODE_CHARS);
export const newTrackerId = (): string => randomText(TRACKER_CHARS);

/** As people type it: any case, with spaces or dashes. Null when it can't be a code. */
export const codeOf = (typed: string): string | null => readTyped(typed, CODE_CHARS);
export const trackerIdOf = (typed: string): string | null => readTyped(typed, TRACKER_CHARS);

function readTyped(typed: string, chars: number): string | null {
  if (typed.length > 4 * chars) return null;
  const text = typed.replace(/[\s-]/g, '').toUpperCase();
  return text.length === chars && [...text].every((char) => CODE_ALPHABET.includes(char)) ? text : null;
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
