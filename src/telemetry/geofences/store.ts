import type { LogEvent } from '../log-event.ts';
import type { LastSeen } from '../positions/last-seen.ts';
import type { Fence, FenceEventKind, FenceOrder, FenceState } from './fence.ts';
import type { Side } from './place.ts';

/** The room's store of fences. Rejects with `StoreUnavailable`; whatever was asked for may be asked again. */
export interface FenceStore {
  /** All fences and states after an id, in the order of ids. */
  page(afterId: string | null, limit: number): Promise<readonly FenceWithState[]>;
  /** What was changed in the last while: fences, or which side somebody is on. */
  changedWithin(ms: number): Promise<readonly FenceWithState[]>;
  ofPerson(personId: string): Promise<readonly FenceWithState[]>;
  /**
   * Makes it or replaces it; a new shape begins anew with no side known. Null: the id is of another person's fence, or
   * there are too many.
   */
  set(
    fenceId: string,
    personId: string,
    by: string,
    order: FenceOrder,
  ): Promise<FenceWithState | 'taken' | 'too_many'>;
  remove(fenceId: string, personId: string): Promise<boolean>;
  /**
   * One transaction: locks the state, and moves the person to the other side unless another node has, or what is known of
   * where they are by now says otherwise. With `kind` the inboxes of `audience` are told; a side that becomes known for the
   * first time is told to nobody. Null: the fence is gone.
   */
  move(
    fence: Pick<Fence, 'fenceId' | 'personId'>,
    to: { readonly side: Side; readonly atMs: number },
    stillSo: (seen: LastSeen) => boolean,
    tell: { readonly kind: FenceEventKind; readonly audience: readonly string[] } | null,
  ): Promise<{ readonly state: FenceState; readonly events: readonly LogEvent[] } | null>;
  /** Fences whose person has been inside for so long that it is to be told. */
  staying(limit: number): Promise<readonly Fence[]>;
  /** Tells it once. */
  dwell(
    fence: Pick<Fence, 'fenceId' | 'personId'>,
    audience: readonly string[],
  ): Promise<readonly LogEvent[]>;
}

export interface FenceWithState {
  readonly fence: Fence;
  readonly state: FenceState | null;
}
