import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packageRoot } from './lib/package-root.ts';
import { migrateCommand } from './migrate-command.ts';
import { readMigrations } from './store/migration-files.ts';
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

/** In this process, which is quicker to start. */
async function here(
  argv: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string }> {
  const { connection } = database;
  const DATABASE_URL = 'connectionString' in connection ? connection.connectionString : '';
  const settings = { DATABASE_URL, MUSTER_DATABASE_ROLE: TEST_ROLE, ...env };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  let out = '';
  const take = (text: unknown) => {
    out += text;
    return true;
  };
  const spies = [process.stdout, process.stderr].map((to) => vi.spyOn(to, 'write').mockImplementation(take));
  try {
    return { code: await migrateCommand(argv), out };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

test('shows what is applied and whether that is all', async () => {
  const files = await readMigrations();
  const { out } = await here(['status', '--json']);
  expect(JSON.parse(out)).toMatchObject({
    agrees: true,
    databaseVersion: files.at(-1)?.version,
    migrations: files.map(({ version, name, down }) => ({
      version,
      name,
      state: 'applied',
      goesBack: down !== null,
    })),
  });
  expect((await here(['status'])).out).toMatch(/^000001_accounts.sql +applied {2}\d{4}-.+ no$/m);
  expect(await here(['check'])).toMatchObject({ code: 0 });
});

test('takes the newest back only where that is said, or in development, and says then that it is missing', async () => {
  const newest = (await readMigrations()).at(-1)?.name ?? '';
  for (const NODE_ENV of ['production', '']) {
    const { code, out } = await here(['down'], { NODE_ENV });
    expect([code, out]).toEqual([1, expect.stringContaining(`in ${newest} would be lost: say --lose-data`)]);
  }
  expect((await here(['to', '36'], { NODE_ENV: 'production' })).code).toBe(1);
  expect((await here(['check'])).code).toBe(0);
  const back = await here(['down', '--lose-data'], { NODE_ENV: 'production' });
  expect(back).toMatchObject({ code: 0, out: expect.stringContaining(`${newest}: migration taken back`) });
  expect(await here(['check'])).toEqual({
    code: 1,
    out: expect.stringContaining(`one migration is missing, ${newest} first`),
  });
  expect(await here(['up'])).toMatchObject({ code: 0 });
  expect((await here(['down'], { NODE_ENV: 'development' })).code).toBe(0);
  expect((await here(['up'])).code).toBe(0);
});

test('looks at no embedded database that is not there, so that it makes none', async () => {
  const { code, out } = await here(['status'], { DATABASE_URL: '', MUSTER_DATA_DIR: '.data/nowhere' });
  expect([code, out]).toEqual([1, expect.stringMatching(/^There is no database in /)]);
});

test('says what is wrong with the address of the owner', async () => {
  const { code, out } = await run({ MUSTER_MIGRATION_DATABASE_URL: 'postgresql://a@127.0.0.1:1/b' });
  expect(code).toBe(1);
  expect(out).toMatch(
    /^the database that DATABASE_URL and MUSTER_MIGRATION_DATABASE_URL name can't be used: /,
  );
});

test.each([['back'], ['up', '36'], ['to'], ['to', 'now'], ['new'], ['down', '--force']])(
  'is not taken for anything else: %s %s',
  async (...argv) => {
    const { code, out } = await here(argv);
    expect([code, out]).toEqual([2, expect.stringMatching(/\S/)]);
  },
);

test('has a page of help', async () => {
  expect(await here(['down', '--help'])).toEqual({ code: 0, out: expect.stringMatching(/^muster migrate /) });
});
