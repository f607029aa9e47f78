import type { CommandKey, Order } from '../store.ts';
import type { Stored } from '../writing.ts';
import type { AnyStep } from './steps.ts';

/** What a node needs of the others to decide without the store. */
export interface Others {
  /** Whether another node decides about this SOS, and not this one. */
  isElsewhere(sosId: string, hasStore: boolean): boolean;
  /**
   * Whether this node decides about an SOS that is about to begin. Not while another one has the store; nor, without the store,
   * for a node that asked for it: that one knows best who has just come near where it came in.
   */
  mayBegin(key: CommandKey, hasStore: boolean): boolean;
  /** What nobody asked for and is true all the same goes to the node that decides. */
  pass(sosId: string, order: Order): void;
  /** What was answered to a command elsewhere, without the store. */
  answerTo(key: CommandKey): Stored | null;
  /** Whether another node has given somebody a place of it a moment ago, which is not in the store yet. */
  hasPromised(sosId: string, userId: string): boolean;
  /** What another node had decided about it, that is gone or does not answer, where this one is to go on. */
  leftOf(sosId: string): readonly AnyStep[];
  /** That is on this node's disk now. */
  tookOver(sosId: string): void;
}
