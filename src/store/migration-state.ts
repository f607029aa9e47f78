import type { Migration } from './migration-files.ts';

/** A row of `public.muster_migrations`. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
}

export interface MigrationState {
  readonly version: number;
  readonly name: string;
  /** `changed`: the file is another than the one applied. `missing`: it was applied and there is no such file. */
  readonly state: 'applied' | 'pending' | 'changed' | 'missing';
  readonly appliedAt: string | null;
  readonly goesBack: boolean;
}

/** Each migration that the files or the database know, by number. */
export function compareMigrations(
  files: readonly Migration[],
  applied: readonly Applied[],
): MigrationState[] {
  const rows = new Map(applied.map((row) => [row.version, row]));
  const known = files.map(({ version, name, checksum, down }): MigrationState => {
    const row = rows.get(version);
    rows.delete(version);
    const state = !row ? 'pending' : row.checksum === checksum ? 'applied' : 'changed';
    return { version, name, state, appliedAt: row?.appliedAt ?? null, goesBack: down !== null };
  });
  const missing = [...rows.values()].map(({ version, name, appliedAt }): MigrationState => {
    return { version, name, state: 'missing', appliedAt, goesBack: false };
  });
  return [...known, ...missing].sort((a, b) => a.version - b.version);
}

/**
 * Why nothing may be done to this database, or null.
 * @param newest the number of the newest file
 */
export function refusalOf(states: readonly MigrationState[], newest: number): string | null {
  const at = versionOf(states);
  if (at > newest) {
    return `The database is at version ${at}, this program knows ${newest}: run the newer program.`;
  }
  const bad = states.find(({ state }) => state === 'changed' || state === 'missing');
  if (!bad) return null;
  return bad.state === 'changed'
    ? `Migration ${bad.name} was changed after it was applied: restore the file and add a new one.`
    : `Migration ${bad.name} was applied and its file is gone: restore the file.`;
}

/** The number of the newest migration that is applied; 0: none is. */
export const versionOf = (states: readonly MigrationState[]): number =>
  states.findLast(({ state }) => state !== 'pending')?.version ?? 0;

/** The one before the newest that is applied: where one step back leads. */
export const versionBefore = (states: readonly MigrationState[]): number =>
  states.filter(({ state }) => state !== 'pending').at(-2)?.version ?? 0;

export interface Steps {
  /** The newest first. */
  readonly back: readonly Migration[];
  readonly forward: readonly Migration[];
}

/**
 * What leads to a version.
 * @param to a number of a file, 0 for none of them, or infinity
 * @throws when there is no such version, or one on the way can't be taken back
 */
export function stepsTo(states: readonly MigrationState[], files: readonly Migration[], to: number): Steps {
  if (to !== 0 && to !== Number.POSITIVE_INFINITY && !files.some(({ version }) => version === to)) {
    throw new Error(`There is no migration ${to}: see muster migrate status.`);
  }
  const isApplied = new Set(states.filter(({ state }) => state !== 'pending').map(({ version }) => version));
  const back = files.filter(({ version }) => version > to && isApplied.has(version)).reverse();
  const stuck = back.find(({ down }) => down === null);
  if (stuck) {
    throw new Error(`${stuck.name} can't be taken back, and nothing was: a backup is the way to before it.`);
  }
  return { back, forward: files.filter(({ version }) => version <= to && !isApplied.has(version)) };
}
