import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, runCommand } from '../command.ts';
import { aptCommand } from '../postgres/apt.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_TIMEOUT_MS = 10 * 60_000;

let found: Promise<string> | undefined;

/**
 * The browser that the tests use: `MUSTER_TEST_CHROMIUM`, else one on the path, else Debian's from apt-get. Rejects with
 * one sentence that says what to do where there is none and none can be installed.
 */
export function findChromium(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  const named = process.env.MUSTER_TEST_CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`MUSTER_TEST_CHROMIUM names ${named}, which is not there`);
  }
  return onPath() ?? (await install());
}

function onPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of NAMES)
    for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

async function install(): Promise<string> {
  const apt = await aptCommand();
  const why = apt ? await aptInstall(apt) : 'apt-get is not here or may not install';
  const path = onPath();
  if (path) return path;
  throw new Error(
    `the tests of the pages need Chromium: install it, or name one in MUSTER_TEST_CHROMIUM (${why})`,
  );
}

async function aptInstall([command = 'apt-get', ...before]: readonly string[]): Promise<string> {
  const options = {
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const quiet = [...before, '-o', 'DPkg::Lock::Timeout=300', '-qq'];
  await runCommand(command, [...quiet, 'update'], options);
  const packages = ['chromium', 'fonts-dejavu-core'];
  const installed = await runCommand(
    command,
    [...quiet, 'install', '-y', '--no-install-recommends', ...packages],
    options,
  );
  return lastLines(installed.output, 2);
}
