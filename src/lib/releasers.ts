type Release = () => Promise<void> | void;

/** Things acquired in order and released in reverse, also when starting fails half-way. */
export class Releasers {
  readonly #stack: { what: string; release: Release }[] = [];

  add(what: string, release: Release): void {
    this.#stack.push({ what, release });
  }

  /** Releases everything once. One failure does not keep the rest from being released; failures come back. */
  async releaseAll(): Promise<{ what: string; error: unknown }[]> {
    const failures: { what: string; error: unknown }[] = [];
    for (let top = this.#stack.pop(); top; top = this.#stack.pop()) {
      try {
        await top.release();
      } catch (error) {
        failures.push({ what: top.what, error });
      }
    }
    return failures;
  }
}
