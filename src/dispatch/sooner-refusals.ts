import type { EarlyRefusal } from './store.ts';

/**
 * A refusal changes nothing, so it needs no transaction: only that the state it was decided on is how the SOS stands, and
 * that the command was not carried out before. When two hundred want one slot, nearly all are refused at the same
 * moment, and one question to the store is enough for all of them.
 */
export class SoonerRefusals {
  readonly #holdTrue: (refusals: readonly EarlyRefusal[]) => Promise<readonly boolean[]>;
  #waiting: { refusal: EarlyRefusal; resolve: (holds: boolean) => void; reject: (error: unknown) => void }[] =
    [];
  #isAsking = false;

  constructor(holdTrue: (refusals: readonly EarlyRefusal[]) => Promise<readonly boolean[]>) {
    this.#holdTrue = holdTrue;
  }

  /** False: it has to be decided again. Those that come while the store is asked are asked about together. */
  holdsTrue(refusal: EarlyRefusal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ refusal, resolve, reject });
      if (!this.#isAsking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // Those that wait in the same queue come in this same turn.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const asked = this.#waiting.splice(0);
      try {
        const held = await this.#holdTrue(asked.map(({ refusal }) => refusal));
        for (const [i, { resolve }] of asked.entries()) resolve(held[i] === true);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
