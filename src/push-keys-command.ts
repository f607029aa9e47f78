import { newVapidKeys } from './notify/push/vapid.ts';

const USAGE = `muster push-keys: a new pair of keys for Web Push, as settings

Set the three lines, with an address of yours, for every node. Keep them: with another pair everybody has to allow
notifications anew.
`;

/** `muster push-keys`. The answer is the exit code. */
export async function pushKeysCommand(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    const isHelp = argv.includes('--help');
    (isHelp ? process.stdout : process.stderr).write(USAGE);
    return isHelp ? 0 : 2;
  }
  const { publicKey, privateKey } = newVapidKeys();
  process.stdout.write(
    `MUSTER_VAPID_PUBLIC_KEY=${publicKey}\nMUSTER_VAPID_PRIVATE_KEY=${privateKey}\n` +
      'MUSTER_VAPID_SUBJECT=mailto:operator@example.org\n',
  );
  return 0;
}
