import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../lib/package-root.ts';
import { lastLines, runCommand } from './command.ts';

/** What a power cut took: sectors of 512 bytes that were written and not yet synced. */
export interface PowerCut {
  readonly lostSectors: number;
  /** Unsynced sectors that reached the disk all the same. */
  readonly keptSectors: number;
  /** Syncs since the mount. */
  readonly syncs: number;
}

export interface LossyOptions {
  /** Probability with which an unsynced sector reaches the disk at the cut, 0 for none. */
  readonly torn: number;
  readonly seed: number;
}

/** A directory on a simulated disk whose power can be cut (`bench/faults/lossyfs.py`). */
export interface LossyMount {
  readonly directory: string;
  /** Forgets everything unsynced. From then on every call below `directory` fails with EIO. */
  cut(): Promise<PowerCut>;
  /** Unmounts. What used it must be gone; what is left of the data is in `backing`. */
  unmount(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('bench/faults/lossyfs.py', packageRoot));
// The system's own interpreter: another python3 in the path does not see Debian's packages.
const PYTHON = '/usr/bin/python3';
const PACKAGES = ['python3-fusepy', 'fuse3'];
const MOUNT_WITHIN_MS = 10_000;
/** A disk is not slower because its machine is busy. */
const NICENESS = '-15';

/** Disks by where they are shown. One that nobody unmounts outlives us, and so does its process. */
const mounted = new Map<string, ChildProcess>();
process.once('exit', () => {
  for (const [directory, disk] of mounted) {
    spawnSync('fusermount3', ['-u', '-z', directory], { timeout: MOUNT_WITHIN_MS });
    disk.kill('SIGKILL');
  }
});

/** Why there can be no simulated disk here, in a sentence; undefined when there can. Installs nothing. */
export async function lossyMountImpossible(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'the simulated disk needs root';
  if (!existsSync('/dev/fuse')) return 'the simulated disk needs FUSE, and there is no /dev/fuse';
  const found = await runCommand(PYTHON, ['-c', 'import fusepy'], { timeoutMs: 10_000 });
  const mounter = await runCommand('fusermount3', ['--version'], { timeoutMs: 10_000 });
  if (found.code === 0 && mounter.code === 0) return undefined;
  return `the simulated disk needs the Debian packages ${PACKAGES.join(' and ')}`;
}

/** Installs what the simulated disk needs, where that can be done. Fails with a sentence that says what is missing. */
export async function installLossyMount(): Promise<void> {
  const missing = await lossyMountImpossible();
  if (missing === undefined) return;
  if (!missing.includes('packages')) throw new Error(missing);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const installed = await runCommand('apt-get', ['install', '-y', ...PACKAGES], { timeoutMs: 300_000, env });
  if (installed.code === 0) return;
  throw new Error(`${missing}; apt-get could not install them: ${lastLines(installed.output)}`);
}

/** Shows `backing` at `directory`; both are made when missing. */
export async function mountLossy(
  backing: string,
  directory: string,
  options: LossyOptions,
): Promise<LossyMount> {
  for (const each of [backing, directory]) mkdirSync(each, { recursive: true });
  const args = [SCRIPT, backing, directory, '--torn', `${options.torn}`, '--seed', `${options.seed}`];
  const disk = spawn('nice', ['-n', NICENESS, PYTHON, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  mounted.set(directory, disk);
  disk.once('exit', () => mounted.get(directory) === disk && mounted.delete(directory));
  let errors = '';
  disk.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const lines = createInterface({ input: disk.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the simulated disk ended: ${lastLines(errors)}`);
    return JSON.parse(value);
  };
  await within(MOUNT_WITHIN_MS, nextLine(), 'the simulated disk to be mounted').catch((error) => {
    disk.kill('SIGKILL');
    throw error;
  });
  return {
    directory,
    cut: async () => {
      disk.kill('SIGUSR1');
      return (await within(MOUNT_WITHIN_MS, nextLine(), 'the power cut')) as PowerCut;
    },
    unmount: () => unmount(directory, disk),
  };
}

async function unmount(directory: string, disk: ChildProcess): Promise<void> {
  if (disk.exitCode !== null || disk.signalCode !== null) return;
  const ended = once(disk, 'exit');
  const result = await runCommand('fusermount3', ['-u', '-z', directory], { timeoutMs: 10_000 });
  if (result.code !== 0) disk.kill('SIGKILL');
  await within(MOUNT_WITHIN_MS, ended, 'the simulated disk to end').catch(() => disk.kill('SIGKILL'));
}

function within<T>(timeoutMs: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
