import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { RUN_VARIABLE } from './databases.ts';
import { folderInRun, removePgliteFolders } from './pglite-template.ts';
import { fastFolder } from './postgres/cluster.ts';
import { dropDatabases, isOldRun, newRun } from './postgres/templates.ts';
import { findOrStartPostgres, SERVER_VARIABLE } from './postgres.ts';

/**
 * Starts PostgreSQL before the first test file, but only when a file of this run uses one, so that runs of unit tests
 * stay instant. Workers find the server in the environment they inherit.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Every project of a run asks for it: the first that needs it starts it for all.
  if (process.env[RUN_VARIABLE] || !(await selectedFiles(project)).some(usesDatabase)) return undefined;
  const server = await findOrStartPostgres((line) => process.stdout.write(`${line}\n`));
  const isOld = (run: string) => isOldRun(run, Date.now());
  await dropDatabases(server.connectionString, isOld);
  await removePgliteFolders(isOld);
  const run = newRun(Date.now());
  process.env[SERVER_VARIABLE] = server.connectionString;
  process.env[RUN_VARIABLE] = run;
  if (fastFolder() !== tmpdir()) await keepInMemory(run);
  return async () => {
    await dropDatabases(server.connectionString, (other) => other === run);
    await removePgliteFolders((other) => other === run);
    await server.stop();
  };
}

/** Temporary files of the tests and of whatever they start: a sync costs nothing there, and who is killed loses nothing. */
async function keepInMemory(run: string): Promise<void> {
  const folder = await folderInRun(run);
  // A PostgreSQL that runs as somebody else passes through it.
  await chmod(folder, 0o711);
  process.env.TMPDIR = folder;
}

async function selectedFiles(project: TestProject): Promise<string[]> {
  // Not in vitest's types. Without it every file counts as selected, which costs a few seconds and nothing else.
  const filters: unknown = Reflect.get(project.vitest, 'filenamePattern');
  return (await project.globTestFiles(Array.isArray(filters) ? filters : [])).testFiles;
}

function usesDatabase(file: string): boolean {
  return (
    /\.(pg|e2e)\.test\.ts$/.test(file) || /testing\/(databases|postgres)\.ts/.test(readFileSync(file, 'utf8'))
  );
}
