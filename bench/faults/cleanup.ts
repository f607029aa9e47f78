/** What has to be ended, in the reverse order of how it began. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Every step is tried, whatever the others did. Never throws: it is what happens when something has failed already. */
  async run(say: (line: string) => void): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        say(`while cleaning up: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
