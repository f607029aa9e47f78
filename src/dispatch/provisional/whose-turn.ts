import { deciderOf } from './decider.ts';

/** What a node goes by when something is to be decided about an SOS. */
export interface TurnFacts {
  readonly nodeId: string;
  /** Null: it is about to begin. */
  readonly sosId: string | null;
  /** Whether the store answers this node. */
  readonly hasStore: boolean;
  /** Whether this node has decided something of it that is not in the store yet. */
  readonly isOwn: boolean;
  /** Whether others have gone on in the store with something that it has decided: it knows less than they. */
  readonly isOvertaken: boolean;
  /** Another node that has; null: none. */
  readonly theirs: string | null;
  /** Others that live, and hear this node. */
  readonly others: readonly string[];
  readonly isAlive: (nodeId: string) => boolean;
  readonly isSilent: (nodeId: string) => boolean;
  readonly hasTheStore: (nodeId: string) => boolean;
}

/**
 * Whose turn it is; null: this node's. One that has decided without the store goes on, since only it knows all that it has promised.
 * Of what nobody has, whoever has the store decides: a node that is cut off alone must not give away what the others give away too.
 * Without it one decides: where an SOS comes in, else the one that all who know the same nodes name.
 */
export function whoseTurn(facts: TurnFacts): string | null {
  const { nodeId, sosId, hasStore, isOwn, isOvertaken, theirs, others, isAlive, isSilent, hasTheStore } =
    facts;
  if (isOwn) return null;
  // While it may still be there nobody else can know what it has promised, except by the store, where it all comes in the end.
  if (theirs !== null && isAlive(theirs) && !(hasStore && isSilent(theirs))) return theirs;
  if (hasStore) return null;
  const heard = others.filter((id) => !isSilent(id));
  const withStore = heard.filter(hasTheStore);
  if (withStore.length > 0) return deciderOf(sosId ?? nodeId, withStore);
  if (sosId === null) return null;
  const knowing = isOvertaken && heard.length > 0 ? heard : [nodeId, ...heard];
  const chosen = deciderOf(sosId, knowing);
  return chosen === nodeId ? null : chosen;
}
