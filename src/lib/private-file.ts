import { readFile, stat } from 'node:fs/promises';

/** Writing by the group, and everything by others. A group may read: that is how secrets are mounted into containers. */
const TOO_OPEN = 0o027;

/** What is wrong with a file of secrets, in a sentence for its operator; never what stands in it. */
export class PrivateFileRefused extends Error {
  override readonly name = 'PrivateFileRefused';
  readonly code = 'private_file_refused';
}

/** The text of a file that holds secrets. Rejects with {@link PrivateFileRefused} when others can read or change it. */
export async function readPrivateFile(path: string): Promise<string> {
  const refuse = (error: NodeJS.ErrnoException): never => {
    throw new PrivateFileRefused(`${path} can not be read (${error.code ?? 'error'}).`);
  };
  const { mode } = await stat(path).catch(refuse);
  if (process.platform !== 'win32' && (mode & TOO_OPEN) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw new PrivateFileRefused(
      `${path} can be read or changed by others (mode ${shown}); expected 0600: chmod 600 it.`,
    );
  }
  return readFile(path, 'utf8').catch(refuse);
}
