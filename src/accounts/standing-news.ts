import { errorFields, type Logger } from '../lib/log.ts';
import type { StandingChange } from './types.ts';

/** Tells whoever listens of changes, after they are committed. */
export class StandingNews {
  readonly #log: Logger;
  readonly #listeners = new Set<(change: StandingChange) => void>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The answer ends it. */
  listen(listener: (change: StandingChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Never throws: what was committed stays committed, whatever a listener makes of it. */
  tell(change: StandingChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error(errorFields(error), 'a listener failed on a change of standing');
      }
    }
  }
}
