import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { until } from './testing/until.ts';

const WITHIN_MS = 45_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'muster-serve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let started: ChildProcess | null = null;
afterEach(() => {
  const leader = started?.pid;
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // The whole group has ended, as it should.
  }
});

function start(command: string, args: readonly string[]) {
  const env = { ...process.env, PORT: '0', DATABASE_URL: '', MUSTER_DATA_DIR: folder };
  const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  started = child;
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const said = (message: string) =>
    until(() => log.includes(`"msg":"${message}"`), { timeoutMs: WITHIN_MS, what: message });
  return { child, said };
}

describe('a node that is told to stop', () => {
  test('twice at once, by the terminal and by npm, stops in order all the same', async () => {
    const { child, said } = start(process.execPath, ['dist/src/main.js', 'serve']);
    const exit = once(child, 'exit');
    await said('ready');
    child.kill('SIGINT');
    await said('stopping');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await said('stopped');
  });

  test('through npm start does stop', async () => {
    const { child, said } = start('npm', ['start', '--ignore-scripts']);
    await said('ready');
    child.kill('SIGTERM');
    await said('stopped');
  });
});
