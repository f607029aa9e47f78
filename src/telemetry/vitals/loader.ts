import type { Clock } from '../../lib/clock.ts';
import type { Births } from '../people.ts';
import type { JudgedPerson } from './judge-state.ts';
import type { Beginning, VigilStore } from './vigil-store.ts';

/** Everything that judging one person begins with. */
export interface Loaded extends Beginning {
  readonly person: JudgedPerson;
}

export interface LoaderParts {
  readonly store: Pick<VigilStore, 'begin'>;
  readonly people: Births;
  readonly clock: Clock;
}

interface Asked {
  readonly resolve: (loaded: Loaded) => void;
  readonly reject: (error: unknown) => void;
}

/** Whoever is asked for within this is loaded together: after a restart everybody comes at once. */
const GATHER_MS = 5;
const TOGETHER_MAX = 50;

/** Loads people, some at a time and one batch after another, so that a storm of newcomers takes one connection. */
export class Loader {
  readonly #parts: LoaderParts;
  #waiting = new Map<string, Asked[]>();
  #isBusy = false;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
  }

  /** Rejects when the store does not answer. */
  load(personId: string): Promise<Loaded> {
    return new Promise((resolve, reject) => {
      const asked = this.#waiting.get(personId);
      if (asked) asked.push({ resolve, reject });
      else this.#waiting.set(personId, [{ resolve, reject }]);
      if (this.#isBusy) return;
      this.#isBusy = true;
      this.#parts.clock.after(GATHER_MS, () => void this.#work());
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0) await this.#loadSome();
    this.#isBusy = false;
  }

  async #loadSome(): Promise<void> {
    const { store, people, clock } = this.#parts;
    const batch = [...this.#waiting].slice(0, TOGETHER_MAX);
    for (const [personId] of batch) this.#waiting.delete(personId);
    const ids = batch.map(([personId]) => personId);
    try {
      const beginnings = new Map((await store.begin(ids, clock.nowMs())).map((one) => [one.personId, one]));
      const born = await people.born(ids);
      batch.forEach(([personId, asked], i) => {
        const beginning = beginnings.get(personId) ?? {
          personId,
          thresholds: null,
          putAway: null,
          samples: [],
        };
        const person = { dateOfBirth: born[i] ?? null };
        for (const { resolve } of asked) resolve({ ...beginning, person });
      });
    } catch (error) {
      for (const [, asked] of batch) for (const { reject } of asked) reject(error);
    }
  }
}
