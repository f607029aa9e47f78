import type { Result } from '../lib/result.ts';
import type { Actor, SosCommand, SosCreation } from './machine/commands.ts';
import type { SosEvent } from './machine/events.ts';
import type { SlotRole, SosState } from './machine/state.ts';
import type { Policy, PolicyBody } from './policy.ts';
import type { Responder, Traits } from './roster.ts';

/** One event as it stands in the log. */
export interface LogEvent {
  readonly stream: string;
  readonly seq: number;
  readonly atMs: number;
  readonly actorId: string | null;
  readonly type: string;
  readonly data: unknown;
}

/** So many SOS (or drills) of one person may be open, and no more. */
export interface OpenLimit {
  readonly requesterId: string;
  readonly isDrill: boolean;
  readonly max: number;
}

export interface CommandKey {
  readonly actorId: string;
  readonly commandId: string;
  /** What is asked, and of what: an id that comes again with something else is not the same command again. */
  readonly about: string;
}

/** The stored answer to a command. */
export interface Outcome {
  readonly sosId: string;
  readonly status?: SosState['status'];
  /** How whoever asked stands to it now: in which role, or kept ready. */
  readonly as?: SlotRole | 'RESERVE';
  readonly messageId?: string;
  /** Not in the store yet, which is away. */
  readonly isProvisional?: true;
}

export type Changed<Code extends string> =
  /** Carried out before: this was the answer, and nothing happened now. */
  | { readonly kind: 'repeated'; readonly outcome: Outcome }
  /** Something else was carried out under this id before; nothing happened now. */
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused'; readonly code: Code; readonly state: SosState }
  | { readonly kind: 'missing' }
  /** Not begun: this person has as many as anybody may. */
  | { readonly kind: 'too_many' }
  | Done;

export interface Done {
  readonly kind: 'done';
  readonly before: SosState | null;
  readonly state: SosState;
  readonly outcome: Outcome;
  /** What was written, for telling. Empty when it was so already. */
  readonly events: readonly LogEvent[];
  /** When to look again, counted from now; null: somebody owns it. */
  readonly dueInMs: number | null;
  /** Decided without the store: it is on this node's own disk, and confirmed or superseded when the store is back. */
  readonly isProvisional?: true;
}

export interface Decided {
  readonly events: readonly SosEvent[];
  /** When it was decided, where that was before it is written: by a node that had no store then. */
  readonly atMs?: number;
  readonly dueAtMs: (state: SosState) => number | null;
}

/** What is asked, as it can be kept and asked again. */
export type Order =
  | { readonly type: 'begin'; readonly creation: SosCreation }
  | { readonly type: 'change'; readonly by: Actor; readonly command: SosCommand };

/** A command that is refused on the state with this number. */
export interface EarlyRefusal {
  readonly key: CommandKey;
  readonly sosId: string;
  readonly seq: number;
}

/**
 * Where dispatch keeps its truth. Each method is one transaction that locks the stream of the SOS, decides on the
 * state at that number, and appends; a losing command writes nothing. Errors mean unknown, never "not stored".
 */
export interface DispatchStore {
  /**
   * `decide` answers null when there are too many. What was carried out before is answered without asking it. With `limit`
   * there are too many too when so many of this person are open by what is committed at that moment.
   */
  create(
    key: CommandKey,
    sosId: string,
    decide: (nowMs: number) => Decided | null,
    order: Order,
    limit?: OpenLimit | null,
  ): Promise<Changed<never>>;

  /** `known` spares reading the state when it is still the newest. Without a key (a timer) no answer is stored. */
  change<Code extends string>(
    key: CommandKey | null,
    actorId: string | null,
    sosId: string,
    known: SosState | undefined,
    decide: (state: SosState, nowMs: number) => Result<Decided, Code>,
    order: Order,
  ): Promise<Changed<Code | 'already_holding'>>;

  /**
   * Of each refusal: whether the state it was decided on is how its SOS stands at this moment, and its command was not
   * carried out before. A store without it decides each in a transaction.
   */
  areCurrent?(refusals: readonly EarlyRefusal[]): Promise<readonly boolean[]>;

  /** Two SOS at once, both streams locked in sorted order; the answer is that of the first. */
  changeTwo<Code extends string>(
    key: CommandKey,
    sosIds: readonly [string, string],
    decide: (
      states: readonly [SosState, SosState],
      nowMs: number,
    ) => Result<readonly [Decided, Decided], Code>,
  ): Promise<{ readonly answer: Changed<Code>; readonly done: readonly Done[] }>;

  chat<Code extends string>(
    key: CommandKey,
    message: Message,
    allowed: (state: SosState) => Code | null,
  ): Promise<Changed<Code>>;

  /** Everything up to this number of the chat was read by whoever asks. Changes nothing when that is known. */
  readChat<Code extends string>(
    key: CommandKey,
    read: { readonly sosId: string; readonly upToSeq: number },
    allowed: (state: SosState) => Code | null,
  ): Promise<Changed<Code>>;

  load(sosId: string): Promise<SosState | null>;
  loadOpen(): Promise<SosState[]>;

  /** SOS whose deadline has passed by the store's clock, leased to this node so that no other takes them too. */
  claimDue(nodeId: string, limit: number): Promise<string[]>;

  /** The inbox as it stands: open offers and the SOS held, at the number of the stream. */
  inbox(userId: string): Promise<{
    seq: number;
    offers: readonly { sosId: string; offerId: string }[];
    holding: string | null;
    /** What everybody in an area was told and is not over. */
    broadcasts?: readonly unknown[];
  }>;
  /** The newest messages, oldest first, and how far each person has read, at the number of the stream. */
  chatLog(
    sosId: string,
    limit: number,
  ): Promise<{ seq: number; messages: readonly unknown[]; reads: readonly ChatRead[] }>;

  newestPolicy(): Promise<Policy | null>;
  addPolicy(body: PolicyBody, createdBy: string | null): Promise<Policy>;
  /** Every version there was, the newest first. */
  policies(limit: number): Promise<readonly PolicyVersion[]>;

  /** The read model of people, kept for starting and for matching without memory. */
  saveResponders(rows: readonly Responder[]): Promise<void>;
  loadResponders(): Promise<readonly StoredResponder[]>;
}

export interface Message {
  readonly id: string;
  readonly sosId: string;
  readonly text: string;
  /** When it was said, where that was before it is written. */
  readonly atMs?: number;
}

export interface ChatRead {
  readonly readerId: string;
  readonly upToSeq: number;
}

export interface PolicyVersion extends Policy {
  readonly createdAtMs: number;
  readonly createdBy: string | null;
}

/** Somebody as the store knows them when a node starts. */
export interface StoredResponder extends Traits, Pick<Responder, 'point' | 'locatedAtMs'> {
  /** Offers they could have accepted and did, of the last 180 days, drills not counted. */
  readonly asked: number;
  readonly accepted: number;
  /** When offers were sent to them in the last 30 days, oldest first. */
  readonly alertsAtMs: readonly number[];
}
