import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PrivateFileRefused, readPrivateFile } from '../../lib/private-file.ts';
import type { TokenKey } from './vault.ts';

const KEY_BYTES = 32;
const LINE = /^([A-Za-z0-9_.-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/**
 * The keys by which tokens of other services are encrypted, from a file with a line `id:<32 bytes in base64>` for each;
 * the first encrypts. Without a file of the operator's own one is made in `dataDir`, readable by nobody else.
 */
export async function openTokenKeys(
  file: string | null,
  dataDir: string,
): Promise<readonly [TokenKey, ...TokenKey[]]> {
  const path = file ?? join(dataDir, 'token-keys');
  if (file === null) await makeUnlessThere(path);
  return parseTokenKeys(await readPrivateFile(path), path);
}

/** Throws {@link PrivateFileRefused}, which names the line and not what stands in it. */
export function parseTokenKeys(text: string, path: string): readonly [TokenKey, ...TokenKey[]] {
  const keys: TokenKey[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, id, base64] = LINE.exec(line.trim()) ?? [];
    const where = `${path}: line ${index + 1}`;
    if (id === undefined || base64 === undefined)
      throw new PrivateFileRefused(`${where} is no key; expected id:<${KEY_BYTES} bytes in base64>.`);
    if (keys.some((key) => key.id === id))
      throw new PrivateFileRefused(`${where} has the id of a line above; expected another one.`);
    keys.push({ id, key: Buffer.from(base64, 'base64') });
  }
  const [first, ...rest] = keys;
  if (!first) throw new PrivateFileRefused(`${path} holds no key; expected at least one line.`);
  return [first, ...rest];
}

/** The name is random too, so that a node never takes another one's key for its own. */
const newLine = () => `k-${randomBytes(6).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}\n`;

/** Written whole and synced before it counts: half a key would lock out every token that is made with it. */
async function makeUnlessThere(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const made = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (!made) return;
  try {
    await made.writeFile(newLine());
    await made.sync();
  } finally {
    await made.close();
  }
}
