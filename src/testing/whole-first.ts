import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest of those that load nothing but a processor: begun last, one of them would run alone at the end. */
const LONG =
  /\/(dispatch\/sim\/simulate|spatial\/exactness|gateway\/routes-people|accounts\/passwords)\.test\.ts$/;

/**
 * What starts engines and browsers goes first, then what needs a database: a fresh checkout has no record of how long files
 * take, and one of those at the very end would run alone. What shares its processes comes last and in one piece, because
 * vitest ends a shared process as soon as the next file wants one of its own.
 */
export class WholeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const ranked = sorted.map((file) => ({ file, rank: rankOf(file) }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file);
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (!project.config.isolate) return LONG.test(moduleId) ? 3 : 4;
  if (/\.e2e\.test\.ts$/.test(moduleId)) return 0;
  return /\.(pg|redis)\.test\.ts$/.test(moduleId) ? 1 : 2;
}
