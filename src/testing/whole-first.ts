import { BaseSequencer, type TestSpecification } from 'vitest/node';

const WHOLE = /\.e2e\.test\.ts$/;

/**
 * What starts engines and browsers goes first: a fresh checkout has no record of how long files take, and one of those at
 * the very end would run alone.
 */
export class WholeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isWhole = ({ moduleId }: TestSpecification) => WHOLE.test(moduleId);
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))];
  }
}
