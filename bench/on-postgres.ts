import { RotatingKeys } from '../src/accounts/signing-keys.ts';
import { openTokens } from '../src/accounts/tokens.ts';
import { systemClock } from '../src/lib/clock.ts';
import { uuidV7Maker } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import type { Db } from '../src/store/db.ts';
import { openNodeDatabase } from '../src/testing/node-database.ts';
import { ownerDb } from '../src/testing/owner-db.ts';

export const newId = uuidV7Maker(systemClock.nowMs, Math.random);

/** Signs tokens with the key that the node will find: two thousand passwords to hash would be another bench. */
export async function tokensFor(
  db: Db,
  grant: 'volunteer' | 'patient' | 'dispatcher',
  list: readonly { readonly userId: string }[],
): Promise<string[]> {
  const lifeMs = 3_600_000;
  const shared = { db, clock: systemClock, log: silentLogger, newId, lifeMs };
  const keys = await RotatingKeys.open(shared);
  try {
    const tokens = openTokens({ ...shared, issuer: 'muster', audience: 'muster', keys });
    const issued = list.map(({ userId }) => tokens.issue(userId, [grant], systemClock.nowMs(), newId()));
    return (await Promise.all(issued)).map(({ token }) => token);
  } finally {
    keys.stop();
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A migrated database on PostgreSQL of its own, as long as `work` takes. */
export async function onPostgres<T>(work: (url: string, db: Db) => Promise<T>): Promise<T> {
  const database = await openNodeDatabase();
  const { connection } = database;
  const db = ownerDb(connection, 2);
  try {
    const url = 'connectionString' in connection ? connection.connectionString : '';
    return await work(url, db);
  } finally {
    await db.close();
    await database.stop();
  }
}
