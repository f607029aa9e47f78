import type { Result } from '../../lib/result.ts';
import { heldSlots, type SosState } from '../machine/state.ts';
import type {
  Changed,
  CommandKey,
  Decided,
  DispatchStore,
  Done,
  EarlyRefusal,
  Message,
  OpenLimit,
  Order,
} from '../store.ts';
import { answeredBefore, writingOf } from '../writing.ts';
import { hasNoRoom, isAway, StoreAway } from './away.ts';
import { Calls } from './calls.ts';
import { isStillTrue } from './decide-again.ts';
import { decidedOnce, decidedOnceOn } from './decided-once.ts';
import type { Deciding } from './deciding.ts';
import { leftToOthers } from './left-to-others.ts';
import type { ProvisionalOptions } from './options.ts';
import type { Others } from './others.ts';
import { OwnSteps, type StoredEvent } from './own-steps.ts';
import { Reconciliation } from './reconciliation.ts';
import type { AnyStep, Step } from './steps.ts';
import { messageOf, toldOf } from './telling.ts';

/**
 * The part of {@link DispatchStore} that goes on while the store is away: what is decided then is written to this node's own disk, and
 * to the store when it is back, in the same order and with the same words where nobody else was first.
 */
export class ProvisionalStore {
  readonly #options: ProvisionalOptions;
  readonly #reconciliation: Reconciliation;
  readonly #own: OwnSteps;
  /** The store's clock less this node's, when the two were last compared. */
  #offsetMs = 0;
  #isAway = false;
  #reconciling: Promise<boolean> | null = null;
  #isReachable = false;
  #lacksRoom = false;
  readonly #calls: Calls;
  /** SOS of other nodes on their way to this node's disk. */
  readonly #taking = new Map<string, Promise<void>>();

  constructor(options: ProvisionalOptions) {
    this.#options = options;
    this.#own = new OwnSteps(options);
    this.#calls = new Calls(options, (error) => this.#found(error));
    this.#reconciliation = new Reconciliation(options, this.#own);
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Whether the store is to be asked: it is there, or back and being written to. */
  get hasStore(): boolean {
    return !this.#isAway || this.#reconciling !== null;
  }

  /** The store has said that its disk takes nothing: that it answers is no sign of its being back. */
  get lacksRoom(): boolean {
    return this.#lacksRoom;
  }

  get hasBacklog(): boolean {
    return this.#own.hasBacklog;
  }

  /** Everything of batches up to this one is in the store. */
  get settledBatch(): number {
    return this.#own.settledBatch;
  }

  /** Whether something of this SOS is decided here and not in the store yet. */
  has(sosId: string): boolean {
    return this.#own.has(sosId);
  }

  /** Whether this node goes on with it without the store: it has begun to, and nobody has gone on in the store. */
  decides(sosId: string): boolean {
    return this.#own.has(sosId) && !this.#own.isOvertaken(sosId);
  }

  /** Whether others have gone on in the store with an SOS of which something is decided here: it is theirs to decide. */
  isOvertaken(sosId: string): boolean {
    return this.#own.isOvertaken(sosId);
  }

  /** The store has this event of an SOS. */
  isStored(sosId: string, event: StoredEvent): void {
    if (this.#own.isStored(sosId, event)) this.#options.onOvertaken?.(sosId);
  }

  /** Whether this node has answered it without the store. */
  hasAnswered(key: Pick<CommandKey, 'actorId' | 'commandId'>): boolean {
    return this.#own.answerTo({ ...key, about: '' }) !== undefined;
  }

  /** What is not in the store of an SOS, and of which batch. */
  wholeOf(sosId: string): { readonly steps: readonly AnyStep[]; readonly batch: number } {
    return { steps: this.#own.stepsOf(sosId), batch: this.#own.batch };
  }

  /** Somebody else has found that the store does not answer. */
  foundAway(): void {
    this.#isReachable = false;
    this.#setAway(true);
    this.#calls.giveUp();
  }

  /** Asks the store for what can't be known without it. Rejects at once while it is away and not being written to. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.hasStore) throw new StoreAway();
    try {
      return await question();
    } catch (error) {
      if (isAway(error)) this.#found(error);
      throw error;
    }
  }

  async create(
    key: CommandKey,
    sosId: string,
    decide: (nowMs: number) => Decided | null,
    order: Order,
    limit?: OpenLimit | null,
  ): Promise<Changed<never>> {
    const { inner, others } = this.#options;
    // It came to another node first, and is on that one's disk.
    const heard = others?.answerTo(key);
    if (heard) return answeredBefore(key, heard);
    const once = decidedOnce(decide);
    let { hasStore } = this;
    if (this.#isOpen(sosId, key.actorId)) {
      const answered = await this.#calls.unlessAway(() =>
        inner.create(key, sosId, (nowMs) => once.decide(this.#compared(nowMs)), order, limit),
      );
      if (answered) return answered;
      hasStore = false;
    }
    const before = this.#answered(key);
    if (before) return before;
    // Once decided it may be in the store, and another node would begin a second one.
    if (!once.isDecided && others?.mayBegin(key, hasStore) === false) {
      once.end();
      throw new StoreAway();
    }
    this.#mayDecide();
    const nowMs = this.#nowMs();
    const decided = once.decide(nowMs);
    if (!decided) return { kind: 'too_many' };
    return this.#write({ key, actorId: key.actorId, before: null, sosId, decided, nowMs, order });
  }

  async change<Code extends string>(
    key: CommandKey | null,
    actorId: string | null,
    sosId: string,
    known: SosState | undefined,
    decide: (state: SosState, nowMs: number) => Result<Decided, Code>,
    order: Order,
  ): Promise<Changed<Code | 'already_holding'>> {
    const { inner, others } = this.#options;
    const once = decidedOnceOn(decide);
    // Time asks every node; one answers.
    if (key === null && known && others?.isElsewhere(sosId, this.hasStore)) {
      if (isStillTrue(order)) others.pass(sosId, order);
      return leftToOthers(known);
    }
    await this.#takeOver(sosId);
    let { hasStore } = this;
    // What follows on something provisional stays behind it.
    if (this.#isOpen(sosId, actorId)) {
      const answered = await this.#calls.unlessAway(() =>
        inner.change(
          key,
          actorId,
          sosId,
          // A number of it may be of another event in the store.
          this.#options.isUnsure?.(sosId) ? undefined : known,
          (state, nowMs) => once(state, this.#compared(nowMs)),
          order,
        ),
      );
      // What they were promised elsewhere may be about to be written.
      if (answered?.kind === 'refused' && actorId && others?.hasPromised(sosId, actorId))
        throw new StoreAway();
      if (answered) return answered;
      hasStore = false;
    }
    const answered = key && this.#answered(key);
    if (answered) return answered;
    // While the store was asked others may have told what they did, and have begun to decide about it.
    const state = this.#own.stateOf(sosId) ?? this.#options.known(sosId) ?? known;
    if (this.#isTheirs(sosId, hasStore)) {
      if (key !== null || !state) throw new StoreAway();
      if (isStillTrue(order)) others?.pass(sosId, order);
      return leftToOthers(state);
    }
    this.#mayDecide();
    if (!state) throw new StoreAway();
    await this.#takeOver(sosId);
    const nowMs = this.#nowMs();
    const decision = once(state, nowMs);
    if (!decision.ok) return { kind: 'refused', code: decision.code, state };
    const done = { key, actorId, before: state, sosId, decided: decision.value, nowMs, order };
    return this.#holdsElsewhere(done)
      ? { kind: 'refused', code: 'already_holding', state }
      : this.#write(done);
  }

  /** Of two at once nothing is decided without the store, nor before what was decided of either is in it. */
  async changeTwo<Code extends string>(
    key: CommandKey,
    sosIds: readonly [string, string],
    decide: (
      states: readonly [SosState, SosState],
      nowMs: number,
    ) => Result<readonly [Decided, Decided], Code>,
  ): Promise<{ readonly answer: Changed<Code>; readonly done: readonly Done[] }> {
    const { inner, others } = this.#options;
    const waits = (sosId: string) =>
      this.#own.isAhead(sosId, key.actorId) || others?.isElsewhere(sosId, this.hasStore) === true;
    if (sosIds.some(waits)) throw new StoreAway();
    return this.ask(() => inner.changeTwo(key, sosIds, decide));
  }

  async chat<Code extends string>(
    key: CommandKey,
    message: Message,
    allowed: (state: SosState) => Code | null,
  ): Promise<Changed<Code>> {
    const { inner, known, newId } = this.#options;
    const { id: messageId, sosId, text } = message;
    await this.#takeOver(sosId);
    let { hasStore } = this;
    if (this.#isOpen(sosId, key.actorId)) {
      const answered = await this.#calls.unlessAway(() => inner.chat(key, message, allowed));
      if (answered) return answered;
      hasStore = false;
    }
    const before = this.#answered(key);
    if (before) return before;
    if (this.#isTheirs(sosId, hasStore)) throw new StoreAway();
    this.#mayDecide();
    await this.#takeOver(sosId);
    const state = this.#own.stateOf(sosId) ?? known(sosId);
    if (!state) throw new StoreAway();
    const code = allowed(state);
    if (code) return { kind: 'refused', code, state };
    const step = { id: newId(), sosId, key, messageId, text, atMs: this.#nowMs() };
    const [outcome, events] = [{ sosId, messageId, isProvisional: true as const }, [messageOf(step)]];
    await this.#own.keep(step);
    return { kind: 'done', before: state, state, outcome, events, dueInMs: null, isProvisional: true };
  }

  /** While the store is away, what this node knows is all that anybody knows, unless another one has it. */
  async areCurrent(refusals: readonly EarlyRefusal[]): Promise<readonly boolean[]> {
    const { inner, others } = this.#options;
    const asked = this.#isAway
      ? null
      : await this.#calls.unlessAway(async () => inner.areCurrent?.(refusals) ?? []);
    if (!asked) this.#mayDecide();
    return refusals.map(({ key, sosId }, i) =>
      asked
        ? asked[i] === true && !others?.hasPromised(sosId, key.actorId)
        : !this.#answered(key) && !others?.isElsewhere(sosId, false),
    );
  }

  /**
   * While the store is written to, or that is tried again, what follows on something that is not in it yet waits for that, outside
   * of all turns: whoever is answered at once asks for more at once, and it would never end. Null: there is nothing to wait for.
   */
  behind(sosId: string | null, actorId: string): Promise<void> | null {
    const isAhead = this.#isReachable && this.#own.isAhead(sosId ?? actorId, actorId);
    return isAhead ? this.#own.cleared(sosId, actorId) : null;
  }

  /** Writes to the store what it lacks. False: it is still, or again, away, and the rest is for the next time. */
  reconcile(): Promise<boolean> {
    this.#isReachable = true;
    this.#reconciling ??= this.#reconcile().finally(() => {
      this.#reconciling = null;
    });
    return this.#reconciling;
  }

  /** What other nodes had decided about these SOS, that live no longer to write it, goes to this node's disk. */
  async takeOver(sosIds: readonly string[]): Promise<void> {
    for (const sosId of sosIds) await this.#takeOver(sosId);
  }

  async #reconcile(): Promise<boolean> {
    // Commands go on coming in meanwhile, and go behind what is kept until nothing is.
    while (!this.#own.isEmpty) {
      await this.#own.written();
      if (!(await this.#reconciliation.run())) return false;
    }
    this.#reconciliation.end();
    this.#own.clear();
    this.#lacksRoom = false;
    this.#setAway(false);
    this.#options.onRestored?.();
    return true;
  }

  async #write({ key, actorId, before, sosId, decided, nowMs, order }: Deciding): Promise<Done> {
    const { newId, metrics } = this.#options;
    const writing = writingOf(actorId, before, sosId, decided, nowMs);
    const { state, atMs } = writing;
    const outcome = { ...writing.outcome, isProvisional: true as const };
    const dueInMs = writing.dueAtMs === null ? null : writing.dueAtMs - nowMs;
    if (writing.entries.length > 0) {
      const baseSeq = before?.seq ?? 0;
      const { events } = decided;
      const step: Step = { id: newId(), sosId, key, actorId, baseSeq, events, atMs, outcome, order };
      await this.#own.keep(step, state);
      metrics.count('dispatch_provisional_steps', { type: order.type });
    }
    const events = toldOf(writing.entries, before, atMs);
    return { kind: 'done', before: before ?? null, state, outcome, events, dueInMs, isProvisional: true };
  }

  /** Whether the store is to be asked: also while it is being written to, by those of whom nothing waits to be written. */
  #isOpen(sosId: string, actorId: string | null): boolean {
    return this.hasStore && !this.#own.isAhead(sosId, actorId);
  }

  #isTheirs(sosId: string, hasStore: boolean): boolean {
    const isElsewhere = () => this.#options.others?.isElsewhere(sosId, hasStore) === true;
    if (!this.#own.has(sosId)) return isElsewhere();
    // With the store it is written before anything follows; without it somebody has to go on, though it be this node.
    return this.#own.isOvertaken(sosId) && (hasStore || isElsewhere());
  }

  /** Before anything follows on it. Once at a time of each SOS, and theirs until it is on the disk. */
  async #takeOver(sosId: string): Promise<void> {
    const { others } = this.#options;
    const before = this.#taking.get(sosId);
    if (before) return before;
    if (!others || others.leftOf(sosId).length === 0) return;
    const taking = this.#takeLeft(sosId, others).finally(() => this.#taking.delete(sosId));
    this.#taking.set(sosId, taking);
    return taking;
  }

  async #takeLeft(sosId: string, others: Others): Promise<void> {
    const state = this.#options.known(sosId);
    for (const step of others.leftOf(sosId)) await this.#own.keep(step, state);
    others.tookOver(sosId);
  }

  #holdsElsewhere({ before, sosId, decided, actorId, nowMs }: Deciding): boolean {
    const { state } = writingOf(actorId, before, sosId, decided, nowMs);
    const was = new Set((before ? heldSlots(before) : []).map(({ holder }) => holder.responderId));
    return heldSlots(state).some(({ holder: { responderId } }) => {
      const held = was.has(responderId) ? null : this.#options.holding(responderId, state.isDrill);
      return held !== null && held !== sosId;
    });
  }

  #mayDecide(): void {
    if (this.#options.mayDecide === false) throw new StoreAway();
  }

  /** Here, or on another node that has told of it. */
  #answered(key: CommandKey): Changed<never> | null {
    const stored = this.#own.answerTo(key) ?? this.#options.others?.answerTo(key);
    return stored ? answeredBefore(key, stored) : null;
  }

  #compared(nowMs: number): number {
    this.#offsetMs = nowMs - this.#options.clock.nowMs();
    return nowMs;
  }

  #nowMs(): number {
    return this.#options.clock.nowMs() + this.#offsetMs;
  }

  #setAway(isAway: boolean): void {
    if (this.#isAway === isAway) return;
    this.#isAway = isAway;
    this.#options.onAway(isAway);
  }

  /** By an error of a call. The others under way are given up, unless the store does answer them. */
  #found(error: unknown): void {
    this.#setAway(true);
    if (hasNoRoom(error)) this.#lacksRoom = true;
    else this.#calls.giveUp();
  }
}
