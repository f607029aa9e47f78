import type { JWK } from 'jose';
import { sql } from '../../store/db.ts';

export interface SigningKeyRow {
  readonly id: string;
  readonly private_jwk: JWK;
}

export const SIGNING_KEYS = sql(
  'accounts_signing_keys',
  'select id, private_jwk from accounts.signing_keys where algorithm = $1 order by created_at desc, id desc',
);

export const INSERT_SIGNING_KEY = sql(
  'accounts_insert_signing_key',
  'insert into accounts.signing_keys (id, algorithm, private_jwk) values ($1, $2, $3)',
);

/** Until the end of the transaction: one node at a time looks for a key and makes one. */
export const LOCK_SIGNING_KEYS = sql(
  'accounts_lock_signing_keys',
  "select pg_advisory_xact_lock(hashtextextended('accounts.signing_keys', 0))",
);
