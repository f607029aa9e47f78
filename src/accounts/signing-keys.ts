import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { must } from '../lib/assert.ts';
import type { Db, Queryable } from '../store/db.ts';
import {
  INSERT_SIGNING_KEY,
  LOCK_SIGNING_KEYS,
  SIGNING_KEYS,
  type SigningKeyRow,
} from './sql/signing-keys.ts';
import { ALGORITHM, type SigningKey } from './tokens.ts';

/** The key pairs, newest first. The first node to come makes one; those that start with it wait and find it. */
export async function signingKeys(
  db: Db,
  newId: () => string,
): Promise<readonly [SigningKey, ...SigningKey[]]> {
  const rows = await stored(db);
  const [newest, ...older] = await Promise.all(
    (rows.length > 0 ? rows : await createOnce(db, newId)).map(imported),
  );
  return [must(newest, 'a signing key'), ...older];
}

const stored = (db: Queryable) => db.query<SigningKeyRow>(SIGNING_KEYS, [ALGORITHM]);

async function createOnce(db: Db, newId: () => string): Promise<SigningKeyRow[]> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return db.transaction(async (tx) => {
    await tx.query(LOCK_SIGNING_KEYS);
    const others = await stored(tx);
    if (others.length > 0) return others;
    await tx.query(INSERT_SIGNING_KEY, [newId(), ALGORITHM, jwk]);
    return stored(tx);
  });
}

async function imported({ id, private_jwk }: SigningKeyRow): Promise<SigningKey> {
  const { d: _secret, ...publicJwk } = private_jwk;
  return { id, privateKey: await ed25519(private_jwk), publicKey: await ed25519(publicJwk) };
}

async function ed25519(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('accounts.signing_keys holds a key that is not Ed25519');
  return key;
}
