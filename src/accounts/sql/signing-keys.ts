import type { JWK } from 'jose';
import { sql } from '../../store/db.ts';

export interface SigningKeyRow {
  readonly id: string;
  readonly private_jwk: JWK;
  readonly signs_from: number;
}

/** The one that signs last first. */
export const SIGNING_KEYS = sql(
  'accounts_signing_keys',
  `select id, private_jwk, signs_from from accounts.signing_keys
    where algorithm = $1
    order by signs_from desc, id desc`,
);

/** $4: in milliseconds since 1970. */
export const INSERT_SIGNING_KEY = sql(
  'accounts_insert_signing_key',
  `insert into accounts.signing_keys (id, algorithm, private_jwk, signs_from)
   values ($1, $2, $3, to_timestamp($4::double precision / 1000))`,
);

/** Those of which no token is alive any more: the key after them signs since before $2 (milliseconds since 1970). */
export const DELETE_SPENT_KEYS = sql(
  'accounts_delete_spent_signing_keys',
  `delete from accounts.signing_keys k
    where k.algorithm = $1
      and exists(select from accounts.signing_keys n
                  where n.algorithm = k.algorithm and n.signs_from > k.signs_from
                    and n.signs_from < to_timestamp($2::double precision / 1000))
   returning k.id`,
);

/** Until the end of the transaction: one node at a time looks for a key and makes one. */
export const LOCK_SIGNING_KEYS = sql(
  'accounts_lock_signing_keys',
  "select pg_advisory_xact_lock(hashtextextended('accounts.signing_keys', 0))",
);
