import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Slot, takeAbandoned, takeSlot } from './slot.ts';

let root: string;
const held: Slot[] = [];
const take = async () => {
  const slot = await takeSlot(root);
  held.push(slot);
  return slot;
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-slots-'));
});
afterEach(() => {
  for (const slot of held.splice(0)) slot.release();
  rmSync(root, { recursive: true, force: true });
});

test('each takes a folder of its own, and one that was given back is taken first', async () => {
  const [one, two] = [await take(), await take()];
  expect([one.folder, two.folder]).toEqual([join(root, '1'), join(root, '2')]);
  one.release();
  expect((await take()).folder).toBe(join(root, '1'));
});

test('what a killed process has left is free', async () => {
  mkdirSync(join(root, '1'));
  // Ends without closing what it listens on.
  const listens = `require('net').createServer().listen(${JSON.stringify(join(root, '1.lock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listens]);
  expect(existsSync(join(root, '1.lock'))).toBe(true);
  expect((await take()).folder).toBe(join(root, '1'));
});

test('folders of processes that are not started any more are found, and no others', async () => {
  mkdirSync(join(root, '3'));
  mkdirSync(join(root, 'somebody-elses'));
  await take();
  const abandoned = await takeAbandoned(root);
  held.push(...abandoned);
  expect(abandoned.map(({ folder }) => folder)).toEqual([join(root, '3')]);
});
