import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from './lib/package-root.ts';
import { OwnEngine } from './sim/own-engine.ts';
import { sql } from './store/db.ts';
import { openTestDatabase, type TestDatabase } from './testing/databases.ts';
import { embeddedDataDir } from './testing/node-database.ts';
import { openTestStore } from './testing/open-store.ts';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot));
let store: Awaited<ReturnType<typeof openTestStore>>;
let target: TestDatabase;

const urlOf = ({ connection }: TestDatabase): string =>
  'connectionString' in connection ? connection.connectionString : '';

beforeAll(async () => {
  store = await openTestStore('postgres');
  target = await openTestDatabase('postgres');
});
afterAll(async () => {
  await target?.stop();
  await store?.stop();
});

function muster(
  args: string[],
  input = '',
  more: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const env = { ...process.env, DATABASE_URL: urlOf(store.database), ...more };
  const child = spawn(process.execPath, [MAIN, ...args], { env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

test('a copy is made into an empty database, says how far it is, and an engine starts on it', async () => {
  const person = ['--email', 'zyzzyva@example.org', '--name', 'Zyzzyva'];
  expect(await muster(['user', 'create', ...person], 'long enough\n')).toMatchObject({ code: 0 });
  const copied = await muster(['mask', '--to', urlOf(target)]);
  expect(copied).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+ rows in \d+ tables, masked\.\n$/),
  });
  expect(copied.err).toContain('accounts.users: 1\n');
  const before = await store.db.query(sql('test_users', 'select id from accounts.users'));
  expect(before).toHaveLength(1);

  const node = await OwnEngine.start({ databaseUrl: urlOf(target), env: process.env, onDeath: () => {} });
  try {
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200);
  } finally {
    await node.remove();
  }
});

test('an embedded database is copied from its directory, and a directory without one is refused', async () => {
  const into = await openTestDatabase('postgres');
  const embedded = await embeddedDataDir();
  const env = { DATABASE_URL: '', MUSTER_DATA_DIR: embedded.dataDir };
  try {
    const elsewhere = { ...env, MUSTER_DATA_DIR: join(embedded.dataDir, 'nothing') };
    const nothing = await muster(['mask', '--to', urlOf(into)], '', elsewhere);
    expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('There is no database in') });
    const person = ['--email', 'zyzzyva@example.org', '--name', 'Zyzzyva'];
    expect(await muster(['user', 'create', ...person], 'long enough\n', env)).toMatchObject({ code: 0 });
    const copied = await muster(['mask', '--to', urlOf(into)], '', env);
    expect(copied).toMatchObject({ code: 0, err: expect.stringContaining('accounts.users: 1\n') });
  } finally {
    await into.stop();
    await embedded.remove();
  }
}, 180_000);

test('a target that is not empty, or is the source itself, is refused', async () => {
  expect(await muster(['mask', '--to', urlOf(target)])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not empty'),
  });
  const here = urlOf(store.database);
  expect(await muster(['mask', '--from', here, '--to', here])).toMatchObject({
    code: 1,
    err: 'Source and target are the same database.\n',
  });
});

test('a source of another version, or of somebody else, is not touched', async () => {
  const empty = await openTestDatabase('postgres');
  try {
    expect(await muster(['mask', '--from', urlOf(empty), '--to', urlOf(empty)])).toMatchObject({ code: 1 });
    const foreign = await muster(['mask', '--from', urlOf(empty), '--to', urlOf(target)]);
    expect(foreign).toMatchObject({ code: 1 });
    await store.owner.query(
      sql('test_older', "update public.muster_migrations set checksum = 'older' where version = 1"),
    );
    expect(await muster(['mask', '--to', urlOf(empty)])).toMatchObject({
      code: 1,
      err: expect.stringContaining('another version'),
    });
  } finally {
    await empty.stop();
  }
});

test('wrong use is told in one sentence, and --help says what is not masked', async () => {
  expect(await muster(['mask', '--seed', 'a long enough seed'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--to'),
  });
  expect(await muster(['mask', '--to', 'postgresql://x/y', '--seed', 'short'])).toMatchObject({ code: 2 });
  expect(await muster(['mask', '--to'])).toMatchObject({ code: 2 });
  expect(await muster(['mask', '--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('not for publishing'),
  });
});
