import type { DownBody } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';
import { localError } from './errors.ts';
import type { StreamDeps } from './stream-subscription.ts';

export type TailState = DownBody<'tail'>;
type Vitals = NonNullable<UpBody<'tail'>['vitals']>;

export interface TailHandlers {
  /** What was measured since the call before; in the first after each connect of the last minute. */
  onState(state: TailState): void;
  /** The server ended it: `not_entitled`, `too_many` or `failed`. */
  onEnd?(reason: string): void;
}

interface Tail {
  readonly personId: string;
  readonly vitals: Vitals | undefined;
  readonly handlers: TailHandlers;
}

/** Whose vital signs a client follows, begun again on each connection. */
export class Tails {
  readonly #deps: Pick<StreamDeps, 'send' | 'guarded'>;
  readonly #tails = new Map<string, Tail>();
  #open = false;

  constructor(deps: Pick<StreamDeps, 'send' | 'guarded'>) {
    this.#deps = deps;
  }

  /** The answer ends it. Throws `too_many` while the same person is followed already. */
  follow(id: string, vitals: Vitals | undefined, handlers: TailHandlers): () => void {
    const personId = id.toLowerCase();
    if (this.#tails.has(personId)) throw localError('too_many', `already following ${personId}`);
    const tail: Tail = { personId, vitals, handlers };
    this.#tails.set(personId, tail);
    if (this.#open) this.#ask(tail);
    return () => {
      if (this.#tails.get(personId) !== tail) return;
      this.#tails.delete(personId);
      if (this.#open) this.#deps.send(['untail', { personId }]);
    };
  }

  opened(): void {
    this.#open = true;
    for (const tail of this.#tails.values()) this.#ask(tail);
  }

  closed(): void {
    this.#open = false;
  }

  state(state: TailState): void {
    const tail = this.#tails.get(state.personId);
    if (tail) this.#deps.guarded(() => tail.handlers.onState(state));
  }

  ended({ personId, reason }: DownBody<'untailed'>): void {
    // The answer to an `untail`; the person may be followed again since.
    if (reason === 'asked') return;
    const tail = this.#tails.get(personId);
    if (!tail) return;
    this.#tails.delete(personId);
    this.#deps.guarded(() => tail.handlers.onEnd?.(reason));
  }

  #ask({ personId, vitals }: Tail): void {
    this.#deps.send(['tail', vitals === undefined ? { personId } : { personId, vitals }]);
  }
}
