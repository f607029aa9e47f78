import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { KnownChanges } from './known-changes.ts';
import type { Principal } from './types.ts';

/** How long somebody may take to come back; a connected client is handed a new token well before. */
export const RESUME_LIFE_MS = 240_000;
/** Ours are about 600 characters; nothing longer is looked at. */
const TOKEN_CHARS_MAX = 2_500;
const KEY_BYTES = 32;
/** Says what the key is for and how the token is written: another version has other keys. */
const PURPOSE = 'muster resume token 1';

export interface ResumeKey {
  readonly id: string;
  readonly resumeSecret: Uint8Array;
}

/** The same keys on all nodes, changing with those of access tokens. */
export interface ResumeKeys {
  signer(): ResumeKey;
  find(id: string): ResumeKey | undefined;
}

/** How far somebody had heard a stream when the token was made. */
export type StreamHead = readonly [stream: string, seq: number];

export interface ResumeFacts {
  /** In an open SOS: asked for it, or goes there. */
  readonly hasSos: boolean;
  /** Streams that were heard live up to these numbers. */
  readonly heads: readonly StreamHead[];
  /** The node that makes the token had handed on every event of the transactions before this one. */
  readonly logXid: number;
}

export interface Resumed extends Omit<ResumeFacts, 'logXid'> {
  readonly principal: Principal;
  /** The node that made the token knew everything of the transactions before this one. */
  readonly knownXid: number;
}

export type Taken =
  | { readonly ok: true; readonly resumed: Resumed }
  /** `unsure`: something was decided about the account since, or this node can't rule it out. */
  | { readonly ok: false; readonly why: 'forged' | 'expired' | 'unsure' };

export interface ResumeTokens {
  /** Null while this node does not know yet what it would vouch for. */
  give(principal: Principal, facts: ResumeFacts): { readonly token: string; readonly forMs: number } | null;
  /** Reads no database. */
  take(token: string): Taken;
}

/** The key of one signing key that signs resume tokens: RFC 5869 over its private half, so it is no secret of its own. */
export const resumeSecretOf = (keyId: string, privateD: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', Buffer.from(privateD, 'base64url'), keyId, PURPOSE, KEY_BYTES));

type Written = [
  userId: string,
  sessionId: string | null,
  deviceId: string | null,
  grants: Principal['grants'],
  expiresAtMs: number,
  goodUntilMs: number,
  knownXid: number,
  hasSos: 0 | 1,
  heads: readonly StreamHead[],
];

/**
 * What lets somebody in again without a question to the database: who they are, as the node knew that had them last.
 * HMAC-SHA-256 over `key.body`. Nobody is let in by it of whose account anything was decided meanwhile: transactions are
 * compared, not clocks. It never outlives the credential that the first connection was opened with.
 */
export function openResumeTokens(parts: {
  readonly keys: ResumeKeys;
  readonly clock: Clock;
  readonly known: KnownChanges;
}): ResumeTokens {
  const { keys, clock, known } = parts;
  return {
    give({ userId, sessionId, deviceId, grants, expiresAtMs }, { hasSos, heads, logXid }) {
      if (known.knownXid === null) return null;
      const nowMs = clock.nowMs();
      const goodUntilMs = Math.min(nowMs + RESUME_LIFE_MS, expiresAtMs);
      if (goodUntilMs <= nowMs) return null;
      const written: Written = [
        userId,
        sessionId ?? null,
        deviceId ?? null,
        grants,
        expiresAtMs,
        goodUntilMs,
        Math.min(known.knownXid, logXid),
        hasSos ? 1 : 0,
        heads,
      ];
      const key = keys.signer();
      const signed = `${key.id}.${Buffer.from(JSON.stringify(written)).toString('base64url')}`;
      return { token: `${signed}.${macOf(key, signed).toString('base64url')}`, forMs: goodUntilMs - nowMs };
    },

    take(token) {
      const written = read(keys, token);
      if (!written) return { ok: false, why: 'forged' };
      const [userId, sessionId, deviceId, grants, expiresAtMs, goodUntilMs, knownXid, hasSos, heads] =
        written;
      if (goodUntilMs <= clock.nowMs()) return { ok: false, why: 'expired' };
      if (!known.isUnchangedSince(userId, knownXid)) return { ok: false, why: 'unsure' };
      const principal: Principal = {
        userId,
        grants,
        expiresAtMs,
        ...(sessionId === null ? {} : { sessionId }),
        ...(deviceId === null ? {} : { deviceId }),
      };
      return { ok: true, resumed: { principal, hasSos: hasSos === 1, heads, knownXid } };
    },
  };
}

const macOf = ({ resumeSecret }: ResumeKey, signed: string): Buffer =>
  createHmac('sha256', resumeSecret).update(signed).digest();

function read(keys: ResumeKeys, token: string): Written | null {
  if (token.length > TOKEN_CHARS_MAX) return null;
  const [keyId = '', body = '', mac = '', ...more] = token.split('.');
  const key = keys.find(keyId);
  if (!key || more.length > 0) return null;
  const given = Buffer.from(mac, 'base64url');
  const right = macOf(key, `${keyId}.${body}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  // Ours, so it is what `give` wrote.
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Written;
}
