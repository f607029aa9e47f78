import type { Result } from '../../lib/result.ts';
import type { SosState } from '../machine/state.ts';
import type { Decided } from '../store.ts';
import { StoreAway } from './away.ts';

/**
 * A store that is given up may carry out what it was asked all the same, later: then it has to be what is decided here
 * meanwhile, with the same offers.
 */
export function decidedOnce(decide: (nowMs: number) => Decided | null) {
  let first: { readonly decided: Decided | null } | null = null;
  let isEnded = false;
  return {
    decide(nowMs: number): Decided | null {
      if (isEnded) throw new StoreAway();
      first ??= { decided: decide(nowMs) };
      return first.decided;
    },
    get isDecided(): boolean {
      return first !== null;
    },
    /** Nothing is decided any more: somebody else is to. What asks for it later comes to nothing. */
    end(): void {
      isEnded = true;
    },
  };
}

/** The same of a state, as long as that is the same. */
export function decidedOnceOn<Code extends string>(
  decide: (state: SosState, nowMs: number) => Result<Decided, Code>,
): typeof decide {
  let first: { readonly seq: number; readonly decision: Result<Decided, Code> } | null = null;
  return (state, nowMs) => {
    if (first?.seq !== state.seq) first = { seq: state.seq, decision: decide(state, nowMs) };
    return first.decision;
  };
}
