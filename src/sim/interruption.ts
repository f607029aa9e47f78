/** Ends the setting up of a run. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Why a run ends before its time: the operator asked for it, or the engine died. */
export class Interruption {
  #isAsked = false;
  #failure: string | null = null;
  #wake: () => void = () => {};

  /** The operator asked for it. */
  ask(): void {
    this.#isAsked = true;
    this.#wake();
  }

  /** Something that the run can't go on without is gone. */
  fail(sentence: string): void {
    this.#failure ??= sentence;
    this.#wake();
  }

  get isAsked(): boolean {
    return this.#isAsked;
  }

  get failure(): string | null {
    return this.#failure;
  }

  get isOver(): boolean {
    return this.#isAsked || this.#failure !== null;
  }

  /** Throws when it is over. */
  check(): void {
    if (this.isOver) throw new Interrupted(this.#failure ?? 'interrupted');
  }

  /** Waits, but not longer than until it is over. */
  async wait(ms: number): Promise<void> {
    if (this.isOver) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }
}
