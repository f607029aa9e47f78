import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The longest of each kind: begun last, one of them would run alone at the end. What is not named here takes less than the rest
 * of its kind together.
 */
const LONG =
  /\/(node|nodes|views|commands|power-cut|work-list|responder|requester|embedded|exactness|routes-people|passwords|accounts|races|fhir|incidents|sign-in|connections|retention)(\.e2e|\.pg)?\.test\.ts$/;

/**
 * What starts engines and browsers goes first, then what needs a database: a fresh checkout has no record of how long files
 * take, and one of those at the very end would run alone. What shares its processes comes last and each project in one piece,
 * because vitest ends a shared process as soon as the next file wants one of its own.
 */
export class WholeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const ranked = sorted.map((file) => ({ file, rank: rankOf(file) }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file);
  }
}

/** Projects, the first first. */
const ORDER = ['engines', 'apart', 'stores', 'unit', 'house'];

/** Nothing but a processor for a minute: beside what waits for processes and pages, not after it. */
const FIRST = /\/dispatch\/sim\/simulate\.test\.ts$/;

function rankOf({ moduleId, project }: TestSpecification): number {
  if (FIRST.test(moduleId)) return -1;
  return 2 * ORDER.indexOf(project.name) + (LONG.test(moduleId) ? 0 : 1);
}
