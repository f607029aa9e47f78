import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashOf } from './accounts/one-time.ts';
import { packageRoot } from './lib/package-root.ts';
import { seedCommand } from './seed-command.ts';
import { type Db, sql } from './store/db.ts';
import { runCommand } from './testing/command.ts';
import type { TestDatabase } from './testing/databases.ts';
import { openNodeDatabase } from './testing/node-database.ts';
import { ownerDb } from './testing/owner-db.ts';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot));
let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await openNodeDatabase();
  db = ownerDb(database.connection);
});
afterAll(async () => {
  await db?.close();
  await database?.stop();
});

const seed = (...args: string[]) => {
  const { connection } = database;
  const DATABASE_URL = 'connectionString' in connection ? connection.connectionString : '';
  return runCommand(process.execPath, [MAIN, 'seed', ...args], { timeoutMs: 180_000, env: { DATABASE_URL } });
};

const COUNTS = sql(
  'test_seeded',
  `select (select count(*) from care.patients) as patients,
          (select count(*) from care.medication_logs) as doses,
          (select count(*) from telemetry.vitals_records) as vitals,
          (select count(*) from care.appointments) as visits,
          (select count(*) from recovery.calendar_events) as events,
          (select count(*) from recovery.exercise_logs) as exercises,
          (select count(*) from recovery.meal_entries where total_energy_kcal > 0) as meals,
          (select count(*) from accounts.users) as accounts`,
);
const LINKS = sql(
  'test_seed_links',
  `select u.email, r.token_hash as hash from accounts.password_resets r join accounts.users u on u.id = r.user_id
    where r.expires_at > now() + interval '23 hours'`,
);

test('a demo has everything that belongs to it, a link for everybody, and comes beside nobody unasked', async () => {
  const { code, output } = await seed('--patients', '1', '--days', '3', '--seed', '9');
  expect([code, code === 0 ? '' : output]).toEqual([0, '']);
  const [counts] = await db.query<Record<string, number>>(COUNTS);
  expect(counts).toMatchObject({ patients: 1, vitals: 4, visits: 3, events: 2, meals: 9, accounts: 12 });
  expect(counts?.doses).toBeGreaterThan(3);
  expect(counts?.exercises).toBeGreaterThan(0);
  const links = await db.query<{ email: string; hash: Buffer }>(LINKS);
  const printed = [...output.matchAll(/^\w+ +(\S+@\S+) +http\S+\/password-reset#token=(\S+)$/gm)];
  expect(printed.map(([, email]) => email).sort()).toEqual(links.map(({ email }) => email).sort());
  for (const [, email, token = ''] of printed)
    expect(links.find((link) => link.email === email)?.hash).toEqual(hashOf(token));
  const again = await seed('--seed', '10');
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining('say --beside') });
});

test.each([['--patients', '0'], ['--days', 'many'], ['--force'], ['now']])(
  'is not run with %s %s',
  async (...args) => {
    expect(await seedCommand(args)).toBe(2);
  },
);
