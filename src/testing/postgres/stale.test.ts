import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FOLDER_PREFIX, removeStaleClusters } from './stale.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'muster-stale-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** A process that stands for a PostgreSQL: its command line names its folder, or not. */
function process60s(...args: string[]) {
  return spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', '--', ...args], { stdio: 'ignore' });
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

function plant(owner: number, postmaster: number | undefined): string {
  const folder = join(base, `${FOLDER_PREFIX}${owner}-AbCdEf`);
  mkdirSync(join(folder, 'data'), { recursive: true });
  if (postmaster !== undefined) writeFileSync(join(folder, 'data/postmaster.pid'), `${postmaster}\n/x\n`);
  return folder;
}

test('the cluster of a run that is gone is stopped and removed', async () => {
  const owner = await deadPid();
  const folder = join(base, `${FOLDER_PREFIX}${owner}-AbCdEf`);
  const postgres = process60s(folder);
  const ended = once(postgres, 'exit');
  await once(postgres, 'spawn');
  plant(owner, postgres.pid);
  await removeStaleClusters(base);
  expect(await ended).toEqual([null, 'SIGQUIT']);
  expect(existsSync(folder)).toBe(false);
});

test('a process that was given the old id since is left alone', async () => {
  const somebody = process60s('unrelated');
  await once(somebody, 'spawn');
  const folder = plant(await deadPid(), somebody.pid);
  await removeStaleClusters(base);
  expect(existsSync(folder)).toBe(false);
  expect(somebody.kill(0)).toBe(true);
  const ended = once(somebody, 'exit');
  somebody.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('the cluster of a run that goes on, and whatever else lies there, stays', async () => {
  const ours = plant(process.pid, undefined);
  mkdirSync(join(base, 'muster-test-pg-notes'));
  await removeStaleClusters(base);
  expect(existsSync(ours)).toBe(true);
  expect(existsSync(join(base, 'muster-test-pg-notes'))).toBe(true);
});
