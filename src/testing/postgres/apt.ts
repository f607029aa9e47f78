import { lastLines, runCommand } from '../command.ts';
import { POSTGRES_MAJOR_MIN } from './binaries.ts';

const INSTALL_TIMEOUT_MS = 15 * 60_000;

/** How to call apt-get with the rights to install, or null where that is not possible. */
export async function aptCommand(): Promise<readonly string[] | null> {
  const apt = await runCommand('apt-get', ['--version'], { timeoutMs: 10_000 });
  if (apt.code !== 0) return null;
  if (process.getuid?.() === 0) return ['apt-get'];
  const sudo = await runCommand('sudo', ['-n', 'true'], { timeoutMs: 10_000 });
  return sudo.code === 0 ? ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'] : null;
}

/**
 * Installs PostGIS for the PostgreSQL that is here, else PostgreSQL 15 with PostGIS, else whatever version the
 * distribution has. Only the extension is named and PostgreSQL comes as its dependency: a server that is already
 * installed is not upgraded, and the cluster that Debian's package makes for itself is not touched.
 */
export async function installPostgres(
  apt: readonly string[],
  installedMajors: readonly number[],
): Promise<void> {
  await aptGet(apt, ['update']);
  const majors = [...new Set([...installedMajors, POSTGRES_MAJOR_MIN])];
  const choices = [...majors.map((major) => `postgresql-${major}-postgis-3`), 'postgresql-postgis'];
  let output = 'no package of that name';
  for (const name of choices) {
    if (!(await isKnown(name))) continue;
    const result = await aptGet(apt, ['install', '-y', '--no-install-recommends', name]);
    if (result.code === 0) return;
    output = lastLines(result.output, 3);
  }
  throw new Error(`apt-get could not install PostgreSQL with PostGIS: ${output}`);
}

export function aptGet(apt: readonly string[], args: readonly string[]) {
  const [command = 'apt-get', ...before] = apt;
  return runCommand(command, [...before, '-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

async function isKnown(name: string): Promise<boolean> {
  return (await runCommand('apt-cache', ['show', '--quiet=2', name], { timeoutMs: 60_000 })).code === 0;
}
