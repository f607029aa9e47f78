import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, runCommand } from '../command.ts';
import { aptCommand } from '../postgres/apt.ts';

/** Chromium without the window around its pages, which pages in a test pay for too: half the work of a page is left. */
const SHELL = 'chromium-headless-shell';
const WITH_WINDOWS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** `whole`: with what is outside of its pages, such as notifications. */
export type ChromiumKind = 'shell' | 'whole';

const found = new Map<ChromiumKind, Promise<string>>();

/**
 * The browser that the tests use: `MUSTER_TEST_CHROMIUM`, else one on the path, else Debian's from apt-get. Rejects with
 * one sentence that says what to do where there is none and none can be installed.
 */
export function findChromium(kind: ChromiumKind = 'shell'): Promise<string> {
  const known = found.get(kind) ?? find(kind);
  found.set(kind, known);
  return known;
}

async function find(kind: ChromiumKind): Promise<string> {
  const named = process.env.MUSTER_TEST_CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`MUSTER_TEST_CHROMIUM names ${named}, which is not there`);
  }
  const whole = onPath(WITH_WINDOWS);
  if (kind === 'whole') return whole ?? (await install('chromium'));
  return onPath([SHELL]) ?? (mayInstallUnasked() ? null : whole) ?? (await install(SHELL));
}

/** A machine of its own for tests. On somebody's desk nothing is installed while there is a browser that will do. */
const mayInstallUnasked = () => process.getuid?.() === 0;

function onPath(names: readonly string[]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of names)
    for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

async function install(name: string): Promise<string> {
  const apt = await aptCommand();
  const why = apt ? await aptInstall(apt, name) : 'apt-get is not here or may not install';
  const path = onPath([name, ...WITH_WINDOWS]);
  if (path) return path;
  if (name === SHELL) return install('chromium');
  throw new Error(
    `the tests of the pages need Chromium: install it, or name one in MUSTER_TEST_CHROMIUM (${why})`,
  );
}

async function aptInstall([command = 'apt-get', ...before]: readonly string[], name: string) {
  const options = {
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const quiet = [...before, '-o', 'DPkg::Lock::Timeout=300', '-qq'];
  await runCommand(command, [...quiet, 'update'], options);
  const packages = ['--no-install-recommends', name, 'fonts-dejavu-core'];
  const installed = await runCommand(command, [...quiet, 'install', '-y', ...packages], options);
  return lastLines(installed.output, 2);
}
