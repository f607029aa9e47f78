import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from './lib/package-root.ts';
import { openTestStore } from './testing/open-store.ts';

const MAIN = fileURLToPath(new URL('dist/src/main.js', packageRoot));
let store: Awaited<ReturnType<typeof openTestStore>>;
let url: string;

beforeAll(async () => {
  store = await openTestStore('postgres');
  const { connection } = store.database;
  url = 'connectionString' in connection ? connection.connectionString : '';
});
afterAll(() => store?.stop());

function muster(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, DATABASE_URL: url } });
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
const user = (args: string[], input?: string) => muster(['user', ...args], input);

test('the first operator makes an account, gives and takes grants, and every act is on record in a chain of its own run', async () => {
  const made = await user(
    ['create', '--email', 'Op@Example.org', '--name', 'Op', '--grant', 'admin'],
    'long enough\n',
  );
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(await user(['create', '--email', 'op@example.org', '--name', 'Op'], 'long enough\n')).toMatchObject({
    code: 1,
    err: expect.stringContaining('already'),
  });
  expect(await user(['grant', 'op@example.org', 'dispatcher'])).toMatchObject({ code: 0 });
  expect((await user(['list'])).out).toContain('op@example.org  admin,dispatcher,patient');
  expect(await user(['revoke', 'op@example.org', 'dispatcher'])).toMatchObject({ code: 0 });
  expect((await user(['list'])).out).toContain('op@example.org  admin,patient');
  const audit = await muster(['audit', 'verify']);
  expect(audit).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^8 rows in 4 chains: nothing was changed/),
  });
});

test('the last administrator can be neither suspended nor erased nor stripped', async () => {
  for (const args of [
    ['suspend', 'op@example.org'],
    ['revoke', 'op@example.org', 'admin'],
    ['erase', 'op@example.org', '--yes'],
  ]) {
    expect(await user(args)).toMatchObject({ code: 1, err: expect.stringContaining('last administrator') });
  }
});

test('somebody is exported without secrets and erased only when it is meant', async () => {
  await user(['create', '--email', 'eve@example.org', '--name', 'Eve Canary'], 'long enough\n');
  const exported = await user(['export', 'eve@example.org']);
  expect(JSON.parse(exported.out).tables['accounts.user_profiles']).toMatchObject([{ name: 'Eve Canary' }]);
  expect(exported.out).not.toContain('argon2');
  expect(await user(['erase', 'eve@example.org'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--yes'),
  });
  expect(await user(['erase', 'eve@example.org', '--yes'])).toMatchObject({ code: 0 });
  expect((await user(['list'])).out).not.toContain('eve@example.org');
});

test('wrong use is told in one sentence', async () => {
  expect(await user(['fly'])).toMatchObject({ code: 2, err: expect.stringContaining('no "fly"') });
  expect(await user(['grant', 'op@example.org', 'king'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('no grant'),
  });
  expect(await user(['create', '--email', 'a@b.c', '--name', 'A'], 'short\n')).toMatchObject({ code: 2 });
  expect(await user(['suspend', 'nobody@example.org'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no account'),
  });
});
