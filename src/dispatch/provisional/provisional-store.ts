import type { Clock } from '../../lib/clock.ts';
import type { Metrics } from '../../lib/metric.ts';
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
import { answeredBefore, type Stored, writingOf } from '../writing.ts';
import { isAway, StoreAway } from './away.ts';
import { Backlog } from './backlog.ts';
import { decidedOnce, decidedOnceOn } from './decided-once.ts';
import { Reconciliation, type ReconciliationOptions } from './reconciliation.ts';
import type { AnyStep, Step } from './steps.ts';
import { messageOf, toldOf } from './telling.ts';

export interface ProvisionalOptions extends ReconciliationOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly metrics: Metrics;
  /** False: nothing is decided without the store, and whoever asks is told that it is away. */
  readonly mayDecide?: boolean;
  /** An SOS as this node knows it. */
  readonly known: (sosId: string) => SosState | undefined;
  /** The SOS whose slot somebody holds, as far as this node knows. */
  readonly holding: (userId: string, isDrill: boolean) => string | null;
  /** Whether what is known of it may be otherwise in the store; absent: it never is. */
  readonly isUnsure?: (sosId: string) => boolean;
  /** Whether another node decides about this SOS without the store; absent: there are none. */
  readonly isElsewhere?: (sosId: string, isAway: boolean) => boolean;
  /** What another node that is gone had decided about it, to be written here. */
  readonly takeOver?: (sosId: string) => readonly AnyStep[];
  /** Told of what is on the disk. */
  readonly onKept?: (step: AnyStep) => void;
  /** Told when the store is found away, and when everything is in it again. */
  readonly onAway: (isAway: boolean) => void;
}

const LOOK_AGAIN_MS = 5_000;

/** What was decided of one SOS on top of what the store has. */
interface Suffix {
  state: SosState;
  readonly steps: Set<string>;
}

/** The store as a node uses it: through what goes on while it is away. What is only read is missed at once meanwhile. */
export function provisionalDispatchStore(options: ProvisionalOptions): {
  readonly store: DispatchStore;
  readonly provisional: ProvisionalStore;
} {
  const provisional = new ProvisionalStore(options);
  const store: DispatchStore = {
    ...options.inner,
    create: (...args) => provisional.create(...args),
    change: (...args) => provisional.change(...args),
    areCurrent: (refusals) => provisional.areCurrent(refusals),
    // Asking costs seconds when nobody answers.
    changeTwo: (...args) => provisional.ask(() => options.inner.changeTwo(...args)),
    chat: (...args) => provisional.chat(...args),
    readChat: (...args) => provisional.ask(() => options.inner.readChat(...args)),
    load: (sosId) => provisional.ask(() => options.inner.load(sosId)),
    inbox: (userId) => provisional.ask(() => options.inner.inbox(userId)),
    chatLog: (sosId, limit) => provisional.ask(() => options.inner.chatLog(sosId, limit)),
    claimDue: async (nodeId, limit) =>
      provisional.isAway ? [] : provisional.ask(() => options.inner.claimDue(nodeId, limit)),
  };
  return { store, provisional };
}

/**
 * The part of {@link DispatchStore} that goes on while the store is away: what is decided then is written to this node's own disk, and
 * to the store when it is back, in the same order and with the same words where nobody else was first.
 */
export class ProvisionalStore {
  readonly #options: ProvisionalOptions;
  readonly #reconciliation: Reconciliation;
  readonly #suffixes = new Map<string, Suffix>();
  readonly #answers = new Map<string, Stored>();
  readonly #writing = new Set<Promise<boolean>>();
  /** The store's clock less this node's, when the two were last compared. */
  #offsetMs = 0;
  #isAway = false;
  #isReconciling = false;
  /** Calls under way, which end when the store is found away by somebody else. */
  readonly #waiting = new Set<() => void>();
  readonly #backlog: Backlog;

  constructor(options: ProvisionalOptions) {
    this.#options = options;
    this.#reconciliation = new Reconciliation(options, (step) => this.#leave(step));
    this.#backlog = new Backlog(options.log.kept());
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Whether something of this SOS is decided here and not in the store yet. */
  has(sosId: string): boolean {
    return this.#suffixes.has(sosId);
  }

  /** Somebody else has found that the store does not answer. */
  foundAway(): void {
    this.#setAway(true);
  }

  /** Asks the store for what can't be known without it. Rejects at once while it is away and not being written to. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#isAway && !this.#isReconciling) throw new StoreAway();
    try {
      return await question();
    } catch (error) {
      if (isAway(error)) this.#setAway(true);
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
    const once = decidedOnce(decide);
    if (this.#isOpen(sosId, key.actorId)) {
      const answered = await this.#unlessAway(() =>
        this.#options.inner.create(key, sosId, (nowMs) => once(this.#compared(nowMs)), order, limit),
      );
      if (answered) return answered;
    }
    this.#mayDecide();
    const before = this.#answered(key);
    if (before) return before;
    const nowMs = this.#nowMs();
    const decided = once(nowMs);
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
    const once = decidedOnceOn(decide);
    // Time asks every node; one answers.
    if (key === null && known && this.#options.isElsewhere?.(sosId, this.#isAway)) return unchanged(known);
    // What follows on something provisional stays behind it.
    if (this.#isOpen(sosId, actorId)) {
      const answered = await this.#unlessAway(() =>
        this.#options.inner.change(
          key,
          actorId,
          sosId,
          // A number of it may be of another event in the store.
          this.#options.isUnsure?.(sosId) ? undefined : known,
          (state, nowMs) => once(state, this.#compared(nowMs)),
          order,
        ),
      );
      if (answered) return answered;
    }
    this.#mayDecide();
    const answered = key && this.#answered(key);
    if (answered) return answered;
    // While the store was asked others may have told what they did, and have begun to decide about it.
    const state = this.#suffixes.get(sosId)?.state ?? this.#options.known(sosId) ?? known;
    if (!state) throw new StoreAway();
    if (!this.#suffixes.has(sosId) && this.#options.isElsewhere?.(sosId, true)) {
      if (key === null) return unchanged(state);
      throw new StoreAway();
    }
    await this.#takeOver(state);
    const nowMs = this.#nowMs();
    const decision = once(state, nowMs);
    if (!decision.ok) return { kind: 'refused', code: decision.code, state };
    const done = { key, actorId, before: state, sosId, decided: decision.value, nowMs, order };
    return this.#holdsElsewhere(done)
      ? { kind: 'refused', code: 'already_holding', state }
      : this.#write(done);
  }

  async chat<Code extends string>(
    key: CommandKey,
    message: Message,
    allowed: (state: SosState) => Code | null,
  ): Promise<Changed<Code>> {
    const { inner, known, newId } = this.#options;
    const { id: messageId, sosId, text } = message;
    if (this.#isOpen(sosId, key.actorId)) {
      const answered = await this.#unlessAway(() => inner.chat(key, message, allowed));
      if (answered) return answered;
    }
    this.#mayDecide();
    const before = this.#answered(key);
    if (before) return before;
    const state = this.#suffixes.get(sosId)?.state ?? known(sosId);
    if (!state) throw new StoreAway();
    const code = allowed(state);
    if (code) return { kind: 'refused', code, state };
    const atMs = this.#nowMs();
    const step = { id: newId(), sosId, key, messageId, text, atMs };
    await this.#keep(step);
    const outcome = { sosId, messageId, isProvisional: true as const };
    this.#answers.set(answerKey(key), { ...outcome, about: key.about });
    const events = [messageOf(step)];
    return { kind: 'done', before: state, state, outcome, events, dueInMs: null, isProvisional: true };
  }

  /** While the store is away, what this node knows is all that anybody knows. */
  async areCurrent(refusals: readonly EarlyRefusal[]): Promise<readonly boolean[]> {
    const { inner } = this.#options;
    const asked = this.#isAway
      ? null
      : await this.#unlessAway(async () => inner.areCurrent?.(refusals) ?? []);
    if (asked) return asked;
    this.#mayDecide();
    return refusals.map(({ key }) => !this.#answers.has(answerKey(key)));
  }

  /** Writes to the store what it lacks. False: it is still, or again, away, and the rest is for the next time. */
  async reconcile(): Promise<boolean> {
    // Commands go on coming in meanwhile, and go behind what is kept until nothing is.
    this.#isReconciling = true;
    try {
      while (this.#options.log.kept().length > 0 || this.#writing.size > 0) {
        await Promise.allSettled(this.#writing);
        if (!(await this.#reconciliation.run())) return false;
      }
    } finally {
      this.#isReconciling = false;
    }
    this.#reconciliation.end();
    this.#answers.clear();
    this.#suffixes.clear();
    this.#setAway(false);
    return true;
  }

  #leave(step: AnyStep): void {
    const { id, sosId } = step;
    this.#backlog.remove(step);
    const suffix = this.#suffixes.get(sosId);
    suffix?.steps.delete(id);
    if (suffix?.steps.size === 0) this.#suffixes.delete(sosId);
  }

  async #write({ key, actorId, before, sosId, decided, nowMs, order }: Deciding): Promise<Done> {
    const { newId, metrics } = this.#options;
    const writing = writingOf(actorId, before, sosId, decided, nowMs);
    const { state, atMs } = writing;
    const outcome = { ...writing.outcome, isProvisional: true as const };
    const dueInMs = writing.dueAtMs === null ? null : writing.dueAtMs - nowMs;
    if (writing.entries.length > 0) {
      const baseSeq = before?.seq ?? 0;
      const step: Step = {
        id: newId(),
        sosId,
        key,
        actorId,
        baseSeq,
        events: decided.events,
        atMs,
        outcome,
        order,
      };
      await this.#keep(step);
      this.#follow(step, state);
      metrics.count('dispatch_provisional_steps', { type: order.type });
    }
    if (key) this.#answers.set(answerKey(key), { ...outcome, about: key.about });
    const events = toldOf(writing.entries, before, atMs);
    return { kind: 'done', before: before ?? null, state, outcome, events, dueInMs, isProvisional: true };
  }

  /** Resolves when it is on the disk, and rejects when it can't be. */
  async #keep(step: AnyStep): Promise<void> {
    const { log, onKept } = this.#options;
    const writing = log.append(step);
    this.#writing.add(writing);
    try {
      if (!(await writing)) throw new StoreAway();
    } finally {
      this.#writing.delete(writing);
    }
    this.#backlog.add(step);
    onKept?.(step);
  }

  /** Whether the store is to be asked: also while it is being written to, by those of whom nothing waits to be written. */
  #isOpen(sosId: string, actorId: string | null): boolean {
    return (!this.#isAway || this.#isReconciling) && !this.#backlog.concerns(sosId, actorId);
  }

  #follow({ id, sosId }: AnyStep, state: SosState): void {
    const suffix = this.#suffixes.get(sosId) ?? { state, steps: new Set() };
    suffix.state = state;
    suffix.steps.add(id);
    this.#suffixes.set(sosId, suffix);
  }

  /** What another node had decided, and lives no longer to write, is written by this one before what follows on it. */
  async #takeOver(state: SosState): Promise<void> {
    for (const step of this.#options.takeOver?.(state.id) ?? []) {
      await this.#keep(step);
      this.#follow(step, state);
    }
  }

  #holdsElsewhere({ before, sosId, decided, actorId, nowMs }: Deciding): boolean {
    const { state } = writingOf(actorId, before, sosId, decided, nowMs);
    const was = new Set((before ? heldSlots(before) : []).map(({ holder }) => holder.responderId));
    return heldSlots(state).some(({ holder: { responderId } }) => {
      const held = was.has(responderId) ? null : this.#options.holding(responderId, state.isDrill);
      return held !== null && held !== sosId;
    });
  }

  /**
   * Null: the store is away. What of a call that was given up is carried out after all is found when the rest is written: by its
   * key, or because the number that it was decided on is taken.
   */
  async #unlessAway<T>(work: () => Promise<T>): Promise<T | null> {
    let giveUp = () => {};
    const givenUp = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([work(), givenUp]);
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#setAway(true);
      return null;
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  #mayDecide(): void {
    if (this.#options.mayDecide === false) throw new StoreAway();
  }

  #answered(key: CommandKey): Changed<never> | null {
    const stored = this.#answers.get(answerKey(key));
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
    if (isAway) for (const giveUp of this.#waiting) giveUp();
  }
}

/** Another node decides about it: looked at again in a moment, in case that node is gone then. */
const unchanged = (state: SosState): Done => ({
  kind: 'done',
  before: state,
  state,
  outcome: { sosId: state.id },
  events: [],
  dueInMs: LOOK_AGAIN_MS,
  isProvisional: true,
});

interface Deciding {
  readonly key: CommandKey | null;
  readonly actorId: string | null;
  readonly before: SosState | null;
  readonly sosId: string;
  readonly decided: Decided;
  readonly nowMs: number;
  readonly order: Order;
}

const answerKey = ({ actorId, commandId }: CommandKey) => `${actorId} ${commandId}`;
