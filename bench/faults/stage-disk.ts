import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runCommand } from '../../src/testing/command.ts';
import type { LossyMount, PowerCut } from '../../src/testing/lossy-mount.ts';
import { until } from '../../src/testing/until.ts';
import type { Cleanup } from './cleanup.ts';

/** Where a data directory lies, and what can happen to it. */
export interface Disk {
  readonly directory: string;
  /** The power fails: what was not synced is forgotten, and every call fails. What used it must be killed. */
  cut(): Promise<PowerCut>;
  /** The power is back. */
  mountAgain(): Promise<void>;
  /** Leaves no room, until it is emptied. */
  fill(): Promise<void>;
  empty(): void;
}

const can = (what: string) => () => {
  throw new Error(`this disk can't ${what}`);
};

export const plainDisk = (directory: string): Disk => ({
  directory,
  cut: can('lose its power'),
  mountAgain: can('lose its power'),
  fill: can('be filled'),
  empty: can('be filled'),
});

export async function lossyDisk(
  mount: (seed: number, torn: number) => Promise<LossyMount>,
  directory: string,
  cleanup: Cleanup,
): Promise<Disk> {
  let turn = 1;
  let disk = await mount(turn, 0);
  cleanup.add(() => disk.unmount());
  return {
    ...plainDisk(directory),
    cut: () => disk.cut(),
    async mountAgain() {
      await disk.unmount();
      turn += 1;
      // Every second time what was not synced reaches the disk in part.
      disk = await mount(turn, turn % 2 === 0 ? 0.5 : 0);
    },
  };
}

const SMALL_MB = 512;
const BALLAST = 'ballast';
const KEPT_BYTES = 64 * 1024;

/** A file system in memory that is soon full. Needs root. */
export async function smallDisk(
  directory: string,
  prepare: (directory: string) => Promise<void>,
  cleanup: Cleanup,
): Promise<Disk> {
  mkdirSync(directory, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${SMALL_MB}m,mode=755`, 'tmpfs', directory];
  cleanup.add(() => runCommand('umount', ['-l', directory], { timeoutMs: 10_000 }));
  const mounted = await runCommand('mount', options, { timeoutMs: 10_000 });
  if (mounted.code !== 0)
    throw new Error(`a small disk needs root and mount: ${lastLines(mounted.output, 1)}`);
  await prepare(directory);
  const ballast = join(directory, BALLAST);
  return {
    ...plainDisk(directory),
    async fill() {
      // Reserved and not written: the lines to Redis are in this process, and stood still for as long as that took.
      let left = KEPT_BYTES;
      const reserve = async () => {
        const { bavail, bsize } = statfsSync(directory);
        const bytes = Math.max(bsize, bavail * bsize - left);
        const { code } = await runCommand('fallocate', ['-l', String(bytes), ballast], { timeoutMs: 10_000 });
        // All of it or nothing: PostgreSQL may have taken some in between, and fills the rest itself.
        left *= 2;
        return code === 0;
      };
      await until(reserve, { timeoutMs: 20_000, what: 'the disk to be filled' });
    },
    empty: () => rmSync(ballast, { force: true }),
  };
}
