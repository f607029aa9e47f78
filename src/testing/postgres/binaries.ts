import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from '../command.ts';

/** A folder with `initdb` and `postgres` of one PostgreSQL. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly major: number;
  readonly hasPostgis: boolean;
}

export const POSTGRES_MAJOR_MIN = 15;

const DEBIAN_ROOT = '/usr/lib/postgresql';

/** Every PostgreSQL on this machine that is new enough: those with PostGIS first, then the newest first. */
export async function findBinaries(): Promise<PostgresBinaries[]> {
  const found = await Promise.all([...candidateFolders()].map(inspect));
  return found
    .filter((binaries): binaries is PostgresBinaries => binaries !== null)
    .filter((binaries) => binaries.major >= POSTGRES_MAJOR_MIN)
    .sort((a, b) => Number(b.hasPostgis) - Number(a.hasPostgis) || b.major - a.major);
}

function candidateFolders(): Set<string> {
  const folders = new Set<string>();
  const add = (folder: string) => {
    const postgres = join(folder, 'postgres');
    if (!existsSync(postgres) || !existsSync(join(folder, 'initdb'))) return;
    folders.add(dirname(realpathSync(postgres)));
  };
  for (const folder of (process.env.PATH ?? '').split(delimiter)) if (folder !== '') add(folder);
  if (existsSync(DEBIAN_ROOT))
    for (const major of readdirSync(DEBIAN_ROOT)) add(join(DEBIAN_ROOT, major, 'bin'));
  return folders;
}

async function inspect(folder: string): Promise<PostgresBinaries | null> {
  const version = await runCommand(join(folder, 'postgres'), ['--version'], { timeoutMs: 10_000 });
  const major = Number(/(\d+)/.exec(version.output)?.[1]);
  if (version.code !== 0 || !Number.isInteger(major)) return null;
  return {
    folder,
    major,
    hasPostgis: existsSync(join(await shareFolder(folder, major), 'extension/postgis.control')),
  };
}

async function shareFolder(folder: string, major: number): Promise<string> {
  const config = await runCommand(join(folder, 'pg_config'), ['--sharedir'], { timeoutMs: 10_000 });
  if (config.code === 0) return config.output.trim();
  return folder.startsWith(DEBIAN_ROOT)
    ? `/usr/share/postgresql/${major}`
    : join(folder, '../share/postgresql');
}
