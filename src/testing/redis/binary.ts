import { lastLines, runCommand } from '../command.ts';
import { aptCommand, aptGet } from '../postgres/apt.ts';

const BINARY = 'redis-server';
const MAJOR_MIN = 7;

let found: Promise<string> | undefined;

/** The `redis-server` that tests start: the one of this machine, else the distribution's by apt-get. */
export function redisServer(): Promise<string> {
  found ??= find();
  return found;
}

async function find(): Promise<string> {
  if (await isRecent()) return BINARY;
  const apt = await aptCommand();
  let why = 'there is no apt-get to install it with';
  if (apt) {
    process.stdout.write('tests install redis-server with apt-get\n');
    await aptGet(apt, ['update']);
    const installed = await aptGet(apt, ['install', '-y', '--no-install-recommends', BINARY]);
    if (await isRecent()) return BINARY;
    why = lastLines(installed.output, 3);
  }
  throw new Error(`The tests need ${BINARY} ${MAJOR_MIN} or newer: ${why}. Install it and run them again.`);
}

async function isRecent(): Promise<boolean> {
  const version = await runCommand(BINARY, ['--version'], { timeoutMs: 10_000 });
  return version.code === 0 && Number(/v=(\d+)/.exec(version.output)?.[1] ?? 0) >= MAJOR_MIN;
}
