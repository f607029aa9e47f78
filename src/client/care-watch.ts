import type { DownBody } from '../protocol/down.ts';
import { localError } from './errors.ts';
import type { StreamDeps } from './stream-subscription.ts';

export type CareRow = DownBody<'care'>['people'][number];

export interface CareHandlers {
  /** Everybody one cares for: replaces everything known, after each connect. */
  onPeople(people: readonly CareRow[]): void;
  /** Those of whom something changed, as they are now, and those whom one does not care for any more. */
  onState(state: DownBody<'care_state'>): void;
}

/** The wall of those one cares for, begun again on each connection. */
export class CareWatch {
  readonly #deps: Pick<StreamDeps, 'send' | 'guarded'>;
  #handlers: CareHandlers | null = null;
  #open = false;
  /** Before the first frame of a connection nothing is known that a change could be of. */
  #hasBegun = false;

  constructor(deps: Pick<StreamDeps, 'send' | 'guarded'>) {
    this.#deps = deps;
  }

  /** The answer ends it. Throws `too_many` while it is watched already. */
  watch(handlers: CareHandlers): () => void {
    if (this.#handlers) throw localError('too_many', 'already watching those one cares for');
    this.#handlers = handlers;
    if (this.#open) this.#ask();
    return () => {
      if (this.#handlers === handlers) this.#handlers = null;
    };
  }

  opened(): void {
    this.#open = true;
    if (this.#handlers) this.#ask();
  }

  closed(): void {
    this.#open = false;
    this.#hasBegun = false;
  }

  people({ people }: DownBody<'care'>): void {
    this.#hasBegun = true;
    this.#deps.guarded(() => this.#handlers?.onPeople(people));
  }

  state(state: DownBody<'care_state'>): void {
    if (this.#hasBegun) this.#deps.guarded(() => this.#handlers?.onState(state));
  }

  #ask(): void {
    this.#hasBegun = false;
    this.#deps.send(['watch', { feed: 'care' }]);
  }
}
