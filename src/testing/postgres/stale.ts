import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';

/** Followed by the process id of the run that owns the folder. */
export const FOLDER_PREFIX = 'muster-test-pg-';

/** Stops and removes clusters whose test run is gone: what a power cut or a killed guard leaves behind. */
export async function removeStaleClusters(base: string): Promise<void> {
  for (const name of readdirSync(base)) {
    const owner = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const folder = join(base, name);
    await stopPostmaster(folder);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's folder: not ours to remove, and not in the way.
    }
  }
}

async function stopPostmaster(folder: string): Promise<void> {
  const pid = postmasterPid(folder);
  if (pid === null || !(await commandLine(pid)).includes(folder)) return;
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It ended between the look and the signal, or belongs to another user.
  }
}

function postmasterPid(folder: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8'), 10);
    return Number.isInteger(pid) ? pid : null;
  } catch {
    return null;
  }
}

/** A process id may have been given to somebody else since: only the command line tells. */
async function commandLine(pid: number): Promise<string> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return (await runCommand('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 5_000 })).output;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
