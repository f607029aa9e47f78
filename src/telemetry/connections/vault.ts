import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ok, type Result, refused } from '../../lib/result.ts';

/** What a secret belongs to. Bound into the ciphertext, so that one moved to another row or column opens nothing. */
export interface Place {
  readonly id: string;
  readonly field: 'access_token' | 'refresh_token' | 'code_verifier';
}

export interface Sealed {
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** A key of 256 bits and the name by which rows say what they are encrypted with. */
export interface TokenKey {
  readonly id: string;
  readonly key: Buffer;
}

/** `key_unknown`: no key of this name is here. `broken`: not what was sealed, or sealed for another place. */
export type Unsealed = Result<string, 'key_unknown' | 'broken'>;

const ALGORITHM = 'aes-256-gcm';
/** First byte: how the rest is laid out. */
const VERSION = 1;
/** NIST SP 800-38D, 8.2.2: 96 random bits, which is safe for 2^32 secrets of one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

const boundTo = ({ id, field }: Place) => Buffer.from(`muster:${VERSION}:${field}:${id}`, 'utf8');

/** Keeps secrets of other services at rest: AES-256-GCM. The first key encrypts, all of them decrypt. */
export class Vault {
  readonly #keys: ReadonlyMap<string, Buffer>;
  /** What new secrets are encrypted with. */
  readonly currentKeyId: string;

  constructor(keys: readonly [TokenKey, ...TokenKey[]]) {
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
    this.currentKeyId = keys[0].id;
  }

  get keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  seal(secret: string, place: Place): Sealed {
    const key = this.#keys.get(this.currentKeyId);
    if (!key) throw new Error('a vault has at least one key');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(place));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const bytes = Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text]);
    return { keyId: this.currentKeyId, bytes };
  }

  unseal({ keyId, bytes }: Sealed, place: Place): Unsealed {
    const key = this.#keys.get(keyId);
    if (!key) return refused('key_unknown', `no token key "${keyId}" is here`);
    if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return refused('broken');
    const tagAt = 1 + NONCE_BYTES;
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(1, tagAt), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(place));
    decipher.setAuthTag(bytes.subarray(tagAt, HEAD_BYTES));
    try {
      return ok(
        Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES)), decipher.final()]).toString('utf8'),
      );
    } catch {
      return refused('broken');
    }
  }
}
