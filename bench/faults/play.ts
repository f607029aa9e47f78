import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installLossyMount } from '../../src/testing/lossy-mount.ts';
import { fastFolder } from '../../src/testing/postgres/cluster.ts';
import type { Cleanup } from './cleanup.ts';
import { type PostgresTemplate, prepareTemplate } from './own-postgres.ts';
import { type Row, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

export interface PlayOptions {
  readonly seed: number;
  /** How often the power is cut in the scenarios of power cuts. */
  readonly cuts: number;
  readonly say: (line: string) => void;
  readonly cleanup: Cleanup;
  readonly onRow?: (row: Row) => void;
}

/** Plays one after the other, in a folder that stays when one was broken. Asked to end, it gives what it has so far. */
export async function playAll(
  scenarios: readonly Scenario[],
  { seed, cuts, say, cleanup, onRow }: PlayOptions,
): Promise<readonly Row[]> {
  if (scenarios.some(({ needsLossyDisk }) => needsLossyDisk)) await installLossyMount();
  const root = mkdtempSync(join(fastFolder(), 'muster-chaos-'));
  // PostgreSQL runs as somebody else, and has its folder in here.
  chmodSync(root, 0o755);
  say(`everything is in ${root}`);
  let made: Promise<PostgresTemplate> | undefined;
  const template = () => {
    made ??= prepareTemplate(mkdtempSync(join(root, 'template-')), cleanup);
    return made;
  };
  const rows: Row[] = [];
  try {
    for (const scenario of scenarios) {
      const folder = join(root, scenario.name);
      const row = await runScenario(scenario, { template, folder, seed, cuts, say, cleanup });
      if (cleanup.isEnded) break;
      if (row.passed) rmSync(folder, { recursive: true, force: true });
      rows.push(row);
      onRow?.(row);
    }
  } finally {
    await cleanup.run(say);
    const isToKeep = !cleanup.isEnded && rows.some(({ passed }) => !passed);
    if (isToKeep) say(`histories of what was broken: ${root}`);
    else rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  }
  return rows;
}
