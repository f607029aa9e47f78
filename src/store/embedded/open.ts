import fs from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { postgis } from '@electric-sql/pglite-postgis';
import { DurableNodeFS, type SyncCounts } from './durable-fs.ts';
import { onlyWhatIsUsed } from './postgis-bundle.ts';

export interface OpenDatabase {
  readonly db: PGlite;
  readonly counts: Readonly<SyncCounts>;
}

// -F switches fsync off. fdatasync has no hook in the wasm build, hence wal_sync_method (see DurableNodeFS).
const START_PARAMS = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  ...[
    'fsync=on',
    'wal_sync_method=fsync',
    'full_page_writes=on',
    'synchronous_commit=on',
    'log_line_prefix=',
  ].flatMap((setting) => ['-c', setting]),
];

/**
 * Opens (and where needed recovers) the database in `dataDir`, durably. The process ends at the first failed sync. What is kept
 * between starts lies beside `cacheDir`.
 */
export async function openDatabase(dataDir: string, cacheDir: string): Promise<OpenDatabase> {
  const durableFs = new DurableNodeFS(dataDir, die);
  const extensions = { postgis: onlyWhatIsUsed(postgis, `${cacheDir}-postgis.tar.gz`), btree_gist };
  const db = await PGlite.create({ fs: durableFs, extensions, startParams: START_PARAMS });
  return { db, counts: durableFs.counts };
}

/**
 * Refuses a database whose commits are not really synced: by its settings, and by committing once and looking
 * whether a sync of the write-ahead log reached the operating system.
 */
export async function assertDurable({ db, counts }: OpenDatabase): Promise<void> {
  await expectSetting(db, 'fsync', 'on');
  await expectSetting(db, 'wal_sync_method', 'fsync');
  await expectSetting(db, 'full_page_writes', 'on');
  await expectSetting(db, 'synchronous_commit', 'on');
  const before = counts.wal;
  await db.exec(`select pg_logical_emit_message(true, 'muster', 'does a commit sync?')`);
  if (counts.wal <= before) throw new Error('a commit of the embedded database was not synced to disk');
}

/** Ends this process at once, with a sentence on stderr. Nothing that is not yet on disk is acknowledged after it. */
export function die(sentence: string): never {
  try {
    fs.writeSync(2, `embedded database ends itself: ${sentence}\n`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
  throw new Error(sentence);
}

async function expectSetting(db: PGlite, name: string, expected: string): Promise<void> {
  const { rows } = await db.query<{ value: string }>('select current_setting($1) as value', [name]);
  const actual = rows[0]?.value;
  if (actual !== expected) throw new Error(`the embedded database has ${name}=${actual}, not ${expected}`);
}
