import { constants, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../lib/log.ts';
import { fastFolder } from './postgres/cluster.ts';
import { templateKey } from './postgres/templates.ts';
import type { TestConnection } from './test-connection.ts';
import { until } from './until.ts';

const PREFIX = 'muster-test-embedded-';
/** A first start with every migration takes a few seconds, and several times that on a busy machine. */
const MADE_WITHIN_MS = 90_000;

const folderOf = (run: string, key: string) => join(fastFolder(), `${PREFIX}${run}-${key}`);

/** A folder of the caller's own, which goes at the end of the run if not before. */
export const folderInRun = (run: string): Promise<string> => mkdtemp(folderOf(run, 'own-'));

/** Copies a data directory in which `prepare` has run, which is made first when this run does not have it yet. */
export async function copyPglite(
  run: string,
  prepareKey: string,
  prepare: (connection: TestConnection) => Promise<unknown>,
  dataDir: string,
): Promise<void> {
  const template = folderOf(run, templateKey(prepareKey));
  await until(async () => existsSync(template) || (await makeUnlessOther(template, prepare)), {
    timeoutMs: MADE_WITHIN_MS,
    what: `the data directory to copy, ${prepareKey}`,
  });
  await cp(template, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Removes the data directories of the runs that `wanted` picks. */
export async function removePgliteFolders(wanted: (run: string) => boolean): Promise<void> {
  for (const place of new Set([tmpdir(), fastFolder()])) {
    for (const name of await readdir(place)) {
      const [run] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-') : [];
      if (run && wanted(run)) await rm(join(place, name), { recursive: true, force: true });
    }
  }
}

/** False: another worker is making it. */
async function makeUnlessOther(
  template: string,
  prepare: (connection: TestConnection) => Promise<unknown>,
): Promise<boolean> {
  const making = `${template}.making`;
  try {
    await mkdir(making);
  } catch {
    return false;
  }
  try {
    const { startEmbedded } = await import('../store/embedded/embedded.ts');
    const embedded = await startEmbedded({ dataDir: join(making, 'data'), log: silentLogger });
    try {
      await prepare(embedded.connection);
    } finally {
      await embedded.stop();
    }
    await rename(join(making, 'data'), template);
    return true;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
