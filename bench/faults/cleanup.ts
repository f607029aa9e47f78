const ENDED = 'it was asked to end';

/** What has to be ended, in the reverse order of how it began. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #isEnded = false;
  #end: (reason: Error) => void = () => {};
  /** Rejects when everything is to end: whoever waits for something waits for this, too. */
  readonly ended: Promise<never>;

  constructor() {
    this.ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.ended.catch(() => {});
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Throws once everything is to end, so that nothing more is begun; the step is kept all the same. */
  add(step: () => unknown): void {
    this.#steps.push(step);
    if (this.#isEnded) throw new Error(ENDED);
  }

  /** Nothing is begun from now on. What was begun ends with {@link run}. */
  end(): void {
    this.#isEnded = true;
    this.#end(new Error(ENDED));
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
