import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from './lib/package-root.ts';
import { migrateCommand } from './migrate-command.ts';
import { readMigrations } from './store/migrate.ts';
import { openTestDatabase, type TestDatabase } from './testing/databases.ts';
import { TEST_ROLE } from './testing/open-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('postgres');
});
afterAll(() => database?.stop());

const run = (env: Record<string, string> = {}) => {
  const { connection } = database;
  const DATABASE_URL = 'connectionString' in connection ? connection.connectionString : '';
  return new Promise<{ code: number; out: string }>((resolve) => {
    const args = [new URL('dist/src/main.js', packageRoot).pathname, 'migrate'];
    const settings = { ...process.env, DATABASE_URL, MUSTER_DATABASE_ROLE: TEST_ROLE, ...env };
    execFile(process.execPath, args, { env: settings }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
};

test('applies what is missing, says so, and has nothing to do the second time', async () => {
  const files = await readMigrations();
  const { code, out } = await run();
  expect([code, out.trim().split('\n')]).toEqual([
    0,
    [...files.map(({ name }) => `${name}: migration applied`), 'The database is ready.'],
  ]);
  expect(await run()).toEqual({ code: 0, out: 'The database is ready.\n' });
});

test('says what is wrong with the address of the owner', async () => {
  const { code, out } = await run({ MUSTER_MIGRATION_DATABASE_URL: 'postgresql://a@127.0.0.1:1/b' });
  expect(code).toBe(1);
  expect(out).toMatch(
    /^the database that DATABASE_URL and MUSTER_MIGRATION_DATABASE_URL name can't be used: /,
  );
});

test('is not taken for anything else', async () => {
  expect(await migrateCommand(['back'])).toBe(2);
});
