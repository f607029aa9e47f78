import type { SosEvent } from '../machine/events.ts';
import type { CommandKey, Order, Outcome } from '../store.ts';

/** One thing that was decided without the store, with all that it takes to write it when the store is back. */
export interface Step {
  /** Its own, in the local journal. */
  readonly id: string;
  readonly sosId: string;
  /** Null: of a timer. */
  readonly key: CommandKey | null;
  readonly actorId: string | null;
  /** The number of the state that it was decided on; 0: it begins the SOS. */
  readonly baseSeq: number;
  readonly events: readonly SosEvent[];
  /** By the store's clock, as far as this node could know it. */
  readonly atMs: number;
  readonly outcome: Outcome;
  readonly order: Order;
}

/** Something that was said in a chat without the store. */
export interface SaidStep {
  readonly id: string;
  readonly sosId: string;
  readonly key: CommandKey;
  readonly messageId: string;
  readonly text: string;
  readonly atMs: number;
}

export type AnyStep = Step | SaidStep;

/** Where steps are kept until the store has them: durable before `append` says so. */
export interface StepLog {
  append(step: AnyStep): Promise<boolean>;
  done(id: string): void;
  /** Keeps a copy of one that can't be written, for somebody to look at; it is not among those that are kept. False: no room. */
  layAside(step: AnyStep): Promise<boolean>;
  /** Those that are not done with, the oldest first. */
  kept(): readonly AnyStep[];
}

/** What became of a step when the store was back. */
export type Settled =
  /** Written as it was decided. */
  | 'confirmed'
  /** Somebody else was first: it could still be carried out on what they had made of the SOS. */
  | 'confirmed_otherwise'
  /** It can't be carried out any more: whoever asked has to know. */
  | 'superseded'
  /** What a timer had done here is not done again: deadlines of the store say what is due. */
  | 'dropped';
