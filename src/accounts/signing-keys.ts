import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Db, Queryable } from '../store/db.ts';
import { type ResumeKey, type ResumeKeys, resumeSecretOf } from './resume-tokens.ts';
import type { Chore, PublicKeys } from './sessions-types.ts';
import {
  DELETE_SPENT_KEYS,
  INSERT_SIGNING_KEY,
  LOCK_SIGNING_KEYS,
  SIGNING_KEYS,
  type SigningKeyRow,
} from './sql/signing-keys.ts';
import { ALGORITHM, type SigningKey, type SigningKeys } from './tokens.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** How long a key signs. */
const SIGNS_FOR_MS = 30 * 24 * HOUR_MS;
/** Nodes ask every minute, and readers of the JWKS may keep it for five: all know a key before it signs. */
const READ_EVERY_MS = MINUTE_MS;
const KNOWN_BEFORE_MS = 10 * MINUTE_MS;
/** Beyond the life of a token: clocks of nodes differ. */
const SPARE_MS = HOUR_MS;

interface TimedKey extends SigningKey, ResumeKey {
  readonly signsFromMs: number;
}

export interface SigningKeyParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newId: () => string;
  /** Of an access token. */
  readonly lifeMs: number;
}

/** The key pairs of accounts.signing_keys. The newest that is due signs; all verify until their tokens are gone. */
export class RotatingKeys implements SigningKeys, ResumeKeys {
  readonly #parts: SigningKeyParts;
  /** The one that signs last first. */
  #keys: readonly TimedKey[] = [];
  #cancel = () => {};
  #stopped = false;

  private constructor(parts: SigningKeyParts) {
    this.#parts = parts;
  }

  /** The first node to come makes a key; those that start with it wait and find it. */
  static async open(parts: SigningKeyParts): Promise<RotatingKeys> {
    const opened = new RotatingKeys(parts);
    await opened.read();
    if (opened.#keys.length === 0) await opened.#add(parts.clock.nowMs(), (rows) => rows.length === 0);
    await opened.read();
    opened.#again();
    return opened;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  signer(): SigningKey & ResumeKey {
    const nowMs = this.#parts.clock.nowMs();
    const due = this.#keys.find(({ signsFromMs }) => signsFromMs <= nowMs);
    return must(due ?? this.#keys.at(-1), 'a signing key');
  }

  find(id: string): (SigningKey & ResumeKey) | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** RFC 7517, for those who check our tokens themselves. */
  async jwks(): Promise<PublicKeys> {
    return { keys: await Promise.all(this.#keys.map(({ id, publicKey }) => publicJwk(id, publicKey))) };
  }

  async read(): Promise<void> {
    const rows = await stored(this.#parts.db);
    const known = new Map(this.#keys.map((key) => [key.id, key]));
    this.#keys = await Promise.all(rows.map((row) => known.get(row.id) ?? imported(row)));
  }

  /** Makes a key when the newest one has signed for long enough, and deletes those that nothing needs any more. */
  readonly chore: Chore = {
    name: 'signing_keys',
    everyMs: HOUR_MS,
    run: async () => {
      const { clock, db, lifeMs, log } = this.#parts;
      const nowMs = clock.nowMs();
      const isDue = ([newest]: readonly SigningKeyRow[]) =>
        newest === undefined || nowMs - newest.signs_from >= SIGNS_FOR_MS - KNOWN_BEFORE_MS;
      if (await this.#add(nowMs + KNOWN_BEFORE_MS, isDue)) log.info({}, 'a new key will sign tokens');
      const spent = await db.query(DELETE_SPENT_KEYS, [ALGORITHM, nowMs - lifeMs - SPARE_MS]);
      if (spent.length > 0) log.info({ deleted: spent.length }, 'keys of which no token is left deleted');
      await this.read();
    },
  };

  async #add(signsFromMs: number, isDue: (rows: readonly SigningKeyRow[]) => boolean): Promise<boolean> {
    const { db, newId } = this.#parts;
    if (!isDue(await stored(db))) return false;
    const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
    const jwk = await exportJWK(privateKey);
    return db.transaction(async (tx) => {
      await tx.query(LOCK_SIGNING_KEYS);
      if (!isDue(await stored(tx))) return false;
      await tx.query(INSERT_SIGNING_KEY, [newId(), ALGORITHM, jwk, signsFromMs]);
      return true;
    });
  }

  #again(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(READ_EVERY_MS, () => {
      this.read()
        .catch((error: unknown) => {
          this.#parts.log.warn(errorFields(error), 'the signing keys could not be read');
        })
        .finally(() => this.#again());
    });
  }
}

const stored = (db: Queryable) => db.query<SigningKeyRow>(SIGNING_KEYS, [ALGORITHM]);

async function imported({ id, private_jwk, signs_from }: SigningKeyRow): Promise<TimedKey> {
  const { d: secret, ...publicJwk } = private_jwk;
  return {
    id,
    privateKey: await ed25519(private_jwk),
    publicKey: await ed25519(publicJwk),
    resumeSecret: resumeSecretOf(id, must(secret, 'a private key')),
    signsFromMs: signs_from,
  };
}

async function publicJwk(kid: string, key: CryptoKey): Promise<PublicKeys['keys'][number]> {
  const { x } = await exportJWK(key);
  return { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: ALGORITHM, kid, x: must(x, 'a public key') };
}

async function ed25519(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('accounts.signing_keys holds a key that is not Ed25519');
  return key;
}
