import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { UUID_BYTES, uuidAt, writeUuid } from '../lib/ids.ts';

/**
 * A refresh token is 64 bytes in base64url: the id of its session (16), 256 bits of chance (32), and a tag (16) by
 * which a token of this session is known again when its row is gone. Only a hash of it is stored.
 */
const SESSION_BYTES = UUID_BYTES;
const SECRET_BYTES = 32;
const TAG_BYTES = 16;
const TOKEN_BYTES = SESSION_BYTES + SECRET_BYTES + TAG_BYTES;
const TEXT = /^[\w-]{86}$/;

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

export interface ReadToken {
  readonly sessionId: string;
  readonly secret: Buffer;
  readonly tag: Buffer;
}

export function writeToken(sessionId: string, secret: Buffer, tagKey: Buffer): string {
  const session = Buffer.alloc(SESSION_BYTES);
  writeUuid(sessionId, session, 0);
  return Buffer.concat([session, secret, tagOf(secret, tagKey)]).toString('base64url');
}

/** The parts of a token, unchecked; null when the text has not the form of one. */
export function readToken(text: string): ReadToken | null {
  if (!TEXT.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== TOKEN_BYTES) return null;
  return {
    sessionId: uuidAt(bytes, 0),
    secret: bytes.subarray(SESSION_BYTES, SESSION_BYTES + SECRET_BYTES),
    tag: bytes.subarray(SESSION_BYTES + SECRET_BYTES),
  };
}

/** Whether this session once gave the token out. */
export const isGenuine = ({ secret, tag }: ReadToken, tagKey: Buffer): boolean =>
  timingSafeEqual(tag, tagOf(secret, tagKey));

export const hashOf = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();

/**
 * The secret of the token after this one: neither who holds this one nor who reads the seed in the database can make
 * it alone, and we need keep no token to give the same answer twice.
 */
export const nextSecret = (secret: Buffer, seed: Buffer): Buffer =>
  createHmac('sha256', secret).update('muster refresh token').update(seed).digest();

const tagOf = (secret: Buffer, tagKey: Buffer): Buffer =>
  createHmac('sha256', tagKey).update(secret).digest().subarray(0, TAG_BYTES);
