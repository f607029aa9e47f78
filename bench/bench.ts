/** What a bench found. `row` is what `--json` prints in one line. */
export interface BenchReport {
  /** False when a requirement is not met or an answer is wrong. */
  readonly passed: boolean;
  /** For people: a small table and a verdict. */
  readonly lines: readonly string[];
  readonly row: Readonly<Record<string, unknown>>;
}
