import { lastLines, runCommand } from './command.ts';
import { aptCommand, aptGet } from './postgres/apt.ts';

/** Installs strace where that can be done. Fails with a sentence that says what is missing. */
export async function installStrace(): Promise<void> {
  if (await hasStrace()) return;
  const apt = process.platform === 'linux' ? await aptCommand() : null;
  if (!apt) throw new Error('This needs strace, and it can not be installed here: run it on Debian as root.');
  const installed = await aptGet(apt, ['install', '-y', '--no-install-recommends', 'strace']);
  if (installed.code !== 0)
    throw new Error(`apt-get could not install strace: ${lastLines(installed.output)}`);
}

/** Whether calls of other processes can be held up here. */
export async function hasStrace(): Promise<boolean> {
  return (await runCommand('strace', ['-V'], { timeoutMs: 10_000 })).code === 0;
}
