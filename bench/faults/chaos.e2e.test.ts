import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.ts';
import { lossyMountImpossible } from '../../src/testing/lossy-mount.ts';
import { findBinaries } from '../../src/testing/postgres/binaries.ts';
import { until } from '../../src/testing/until.ts';

const BUILT = fileURLToPath(new URL('dist/bench/faults/chaos.js', packageRoot));
const isPossible =
  (await lossyMountImpossible()) === undefined && (await findBinaries()).some(({ hasPostgis }) => hasPostgis);

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const target = (link: string): string => {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
};

/** Processes that were started with, or work in, one of these folders. */
function processesOf(folders: readonly string[]): string[] {
  const isOf = (text: string) => folders.some((folder) => text.includes(folder));
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) =>
      [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`), target(`/proc/${pid}/cwd`)].some(isOf),
    )
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}

test.skipIf(!isPossible)(
  'asked to end, the driver leaves no process, no mount and no folder behind',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-chaos-end-'));
    const driver = spawn(process.execPath, [BUILT, '--scenario', 'power-cut'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(driver, 'exit');
    try {
      let said = '';
      driver.stderr.on('data', (piece: Buffer) => {
        said += piece.toString();
      });
      const rootOf = () => /everything is in (\S+)/.exec(said)?.[1];
      const isSet = () =>
        read('/proc/mounts').includes(`${rootOf()}/power-cut/postgres`) && processesOf([folder]).length > 3;
      await until(isSet, {
        timeoutMs: 120_000,
        what: 'a disk that can lose its power, and PostgreSQL on it',
      });
      const root = rootOf() ?? '';
      driver.kill('SIGTERM');
      expect(await ended).toEqual([143, null]);
      await until(() => processesOf([folder, root]).length === 0, {
        timeoutMs: 10_000,
        what: 'processes to be gone',
      });
      expect(read('/proc/mounts')).not.toContain(root);
      expect(existsSync(root)).toBe(false);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      driver.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
