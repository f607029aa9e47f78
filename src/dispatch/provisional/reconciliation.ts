import { inLines } from '../../lib/in-lines.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { ok, type Result } from '../../lib/result.ts';
import { after } from '../machine/after.ts';
import type { SosEvent } from '../machine/events.ts';
import { heldSlots, type SosState } from '../machine/state.ts';
import { dueAtMs } from '../machine/time.ts';
import type { Changed, Decided, DispatchStore, Order } from '../store.ts';
import { isAway, isRefusedData } from './away.ts';
import { keysOf } from './backlog.ts';
import type { OwnSteps } from './own-steps.ts';
import type { AnyStep, SaidStep, Settled, Step, StepLog } from './steps.ts';

export interface ReconciliationOptions {
  readonly inner: DispatchStore;
  readonly log: StepLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /**
   * Decides an order on another state than it was first decided on. `isUnderWay`: whoever asked has set off since, or is there. Of a
   * timer's: null.
   */
  readonly decideAgain: (
    order: Order,
    atMs: number,
    isUnderWay: boolean,
  ) => ((state: SosState, nowMs: number) => Result<Decided, string>) | null;
  /** What this node believes of an SOS is not so: somebody else was first. Before anything is decided on what they did. */
  readonly onBroken: (sosId: string) => void;
  /** Nothing came of what was decided on that: it goes on as this node believed, until the store has taken it. */
  readonly onBelieved: (state: SosState) => void;
  /** Whoever was told that they have a place has none: somebody else was first. They are told before the step is done with. */
  readonly onSuperseded: (sosId: string, userId: string) => Promise<void>;
  /** `changed`: what the store said of it; null: it was not asked. */
  readonly onSettled: (
    step: AnyStep,
    settled: Settled,
    changed: Changed<string> | null,
  ) => void | Promise<void>;
}

/**
 * A step that the store refuses as such, or alone, is tried so often, a second apart, and then laid aside: nobody is to wait for it
 * for ever.
 */
const TRIES_MAX = 10;

/** One row can be locked by somebody; when so many in a run are not answered it is the store that is away. */
const UNANSWERED_MAX = 3;

/** Of the four connections that a node keeps for SOS one is left to who asks meanwhile. */
const WRITTEN_AT_ONCE = 3;

/** What fell due meanwhile is not done before what else was decided then: all of it comes within moments. */
const DUE_AFTER_MS = 5_000;

const UNDER_WAY: ReadonlySet<string> = new Set(['sos.departed', 'sos.arrived']);

/** Writes steps to the store that has come back, in their order; what was written is done with, and found so when it comes again. */
export class Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #own: Pick<OwnSteps, 'isClear' | 'leave' | 'stateOf'>;
  /** SOS that went on otherwise than this node believed when it decided what is still kept of them. */
  readonly #broken = new Set<string>();
  readonly #failures = new Map<string, { times: number; isTold: boolean; readonly doneBefore: number }>();
  /** How often an SOS was not in the store yet, or the store had somebody in another place. */
  readonly #heldUp = new Map<string, number>();
  /** Of a call for help that was begun on two nodes: the SOS that stands, by the one that does not. */
  readonly #instead = new Map<string, string>();
  #doneCount = 0;

  constructor(options: ReconciliationOptions, own: Pick<OwnSteps, 'isClear' | 'leave' | 'stateOf'>) {
    this.#options = options;
    this.#own = own;
  }

  /** Once through all that is kept. False: the store is away, or something has to be tried again. */
  async run(): Promise<boolean> {
    const steps = this.#options.log.kept();
    const pass: Pass = { underWay: new Set(steps.flatMap(underWayIn)), stuck: new Set(), unanswered: 0 };
    await inLines(steps, linesOf, WRITTEN_AT_ONCE, (step) => this.#write(step, pass));
    return pass.stuck.size === 0 && pass.unanswered < UNANSWERED_MAX;
  }

  async #write(step: AnyStep, pass: Pass): Promise<void> {
    if (pass.unanswered >= UNANSWERED_MAX) return;
    const lines = linesOf(step);
    const isBehind = lines.some((line) => pass.stuck.has(line));
    // What stands behind this one stands behind what this one waits for.
    if (isBehind || !(await this.#isWritten(step, pass))) for (const line of lines) pass.stuck.add(line);
  }

  async #isWritten(step: AnyStep, pass: Pass): Promise<boolean> {
    try {
      return await ('text' in step ? this.#say(step) : this.#settle(step, pass));
    } catch (error) {
      if (isAway(error)) {
        pass.unanswered += 1;
        return false;
      }
      return this.#failed(step, error).catch(() => false);
    }
  }

  /** Everything is written. */
  end(): void {
    this.#broken.clear();
    this.#failures.clear();
    this.#heldUp.clear();
    this.#instead.clear();
  }

  /** False: it is to be tried again. */
  async #settle(step: Step, { underWay }: Pass): Promise<boolean> {
    const isUnderWay = step.actorId !== null && underWay.has(`${step.sosId} ${step.actorId}`);
    const changed = step.baseSeq === 0 ? await this.#begin(step) : await this.#append(step, isUnderWay);
    if (changed && isBehindOthers(changed) && this.#mayWait(step, changed)) return false;
    if (step.baseSeq === 0 && changed?.kind === 'repeated')
      this.#instead.set(step.sosId, changed.outcome.sosId);
    const settled = settledAs(step, changed, this.#broken);
    if (settled !== 'confirmed') this.#broken.add(step.sosId);
    const loser = settled === 'confirmed' ? null : loserOf(step, changed);
    if (loser !== null) await this.#options.onSuperseded(step.sosId, loser);
    await this.#done(step, settled, changed);
    return true;
  }

  #mayWait(step: AnyStep, { kind }: Changed<string>): boolean {
    const [, actorId = ''] = keysOf(step);
    const what = kind === 'missing' ? step.sosId : actorId;
    const times = (this.#heldUp.get(what) ?? 0) + 1;
    this.#heldUp.set(what, times);
    return times < TRIES_MAX;
  }

  /** Whoever may talk was asked when it was said. */
  async #say(step: SaidStep): Promise<boolean> {
    const { key, messageId: id, text, atMs } = step;
    const sosId = this.#instead.get(step.sosId) ?? step.sosId;
    const changed = await this.#options.inner.chat(key, { id, sosId, text, atMs }, () => null);
    if (isBehindOthers(changed) && this.#mayWait(step, changed)) return false;
    const isIn = changed.kind === 'done' || changed.kind === 'repeated';
    await this.#done(step, isIn ? 'confirmed' : 'superseded', changed);
    return true;
  }

  async #done(step: AnyStep, settled: Settled, changed: Changed<string> | null): Promise<void> {
    const { log, metrics, onSettled } = this.#options;
    this.#doneCount += 1;
    metrics.count('dispatch_provisional_settled', { settled });
    log.done(step.id);
    this.#own.leave(step);
    await onSettled(step, settled, changed);
    // What follows is decided on how it stands in the store.
    if (this.#own.isClear(step.sosId)) this.#broken.delete(step.sosId);
  }

  /** Not for the store being away: something is wrong with the step, or with us. False: it is to be tried again. */
  async #failed(step: AnyStep, error: unknown): Promise<boolean> {
    const { log, logger } = this.#options;
    const { id, sosId } = step;
    const failures = this.#failures.get(id) ?? { times: 0, isTold: false, doneBefore: this.#doneCount };
    failures.times += 1;
    this.#failures.set(id, failures);
    this.#broken.add(sosId);
    const about = { step: id, sosId, failures: failures.times, ...errorFields(error) };
    // A store that takes nothing, as after a restore without its rights, says so of everything.
    const isRefused = isRefusedData(error) || this.#doneCount > failures.doneBefore;
    if (failures.times >= TRIES_MAX && isRefused) {
      const loser = 'text' in step ? null : loserOf(step, null);
      if (loser !== null && !failures.isTold) await this.#options.onSuperseded(sosId, loser);
      failures.isTold = true;
    }
    if (failures.times >= TRIES_MAX && isRefused && (await log.layAside(step))) {
      logger.error(
        about,
        'something that was decided without the store can not be written; it is laid aside',
      );
      await this.#done(step, 'superseded', null);
      return true;
    }
    logger.warn(
      about,
      'something that was decided without the store could not be written; it is tried again',
    );
    return false;
  }

  #begin({ key, sosId, events, atMs, order }: Step): Promise<Changed<never>> {
    if (!key) throw new Error('whoever begins an SOS has a key');
    return this.#options.inner.create(key, sosId, (nowMs) => asDecided(events, atMs, nowMs), order);
  }

  async #append(step: Step, isUnderWay: boolean): Promise<Changed<string> | null> {
    const { key, actorId, baseSeq, events, atMs, order } = step;
    const sosId = this.#instead.get(step.sosId) ?? step.sosId;
    const again = this.#options.decideAgain(order, atMs, isUnderWay);
    const isWhole = !this.#broken.has(step.sosId);
    if (!isWhole && !again) return null;
    let isTakenBack = false;
    const decide = (state: SosState, nowMs: number): Result<Decided, string> => {
      if (isWhole && state.seq === baseSeq && fits(state, events, atMs))
        return ok(asDecided(events, atMs, nowMs));
      this.#options.onBroken(step.sosId);
      isTakenBack = true;
      // A timer's is left to the deadlines of the store.
      return again ? again(state, nowMs) : ok({ events: [], dueAtMs: (s) => dueAtMs(s, { nowMs }) });
    };
    const believe = () => {
      const believed = isTakenBack ? this.#own.stateOf(step.sosId) : undefined;
      if (believed) this.#options.onBelieved(believed);
    };
    try {
      const changed = await this.#options.inner.change<string>(key, actorId, sosId, undefined, decide, order);
      if (isBehindOthers(changed)) believe();
      return changed;
    } catch (error) {
      believe();
      throw error;
    }
  }
}

/** The SOS, or that somebody has left another place, is for another node to write: nobody was given a place who held one. */
const isBehindOthers = (changed: Changed<string>): boolean =>
  changed.kind === 'missing' || (changed.kind === 'refused' && changed.code === 'already_holding');

interface Pass {
  readonly underWay: ReadonlySet<string>;
  /** What a step stands behind that is not in yet: what follows on it stays behind it, too. */
  readonly stuck: Set<string>;
  unanswered: number;
}

/** What steps stand behind: the SOS, whoever asked, and whose places it gives or takes. */
const linesOf = (step: AnyStep): string[] =>
  'text' in step
    ? keysOf(step)
    : [
        ...new Set([
          ...keysOf(step),
          ...step.events.flatMap(({ data }) =>
            'responderId' in data && typeof data.responderId === 'string' ? [data.responderId] : [],
          ),
        ]),
      ];

/** Who has set off in it, or arrived: each with the SOS. */
const underWayIn = (step: AnyStep): string[] =>
  'text' in step
    ? []
    : step.events.flatMap(({ type, data }) =>
        UNDER_WAY.has(type) && 'responderId' in data ? [`${step.sosId} ${data.responderId}`] : [],
      );

/** Who had a place by this step, and has none in the store; null: nobody. */
function loserOf({ actorId, outcome: { as } }: Step, changed: Changed<string> | null): string | null {
  if (actorId === null || (as !== 'PRIMARY' && as !== 'SUPPORT')) return null;
  const now = changed?.kind === 'done' || changed?.kind === 'repeated' ? changed.outcome.as : undefined;
  return now === 'PRIMARY' || now === 'SUPPORT' ? null : actorId;
}

/** A number can be of another event than was heard of: then these do not follow on it. */
function fits(before: SosState, events: readonly SosEvent[], atMs: number): boolean {
  try {
    let state = before;
    for (const event of events) {
      if (takesHeldSlot(state, event)) return false;
      state = after(state, [event], atMs);
    }
    return true;
  } catch {
    return false;
  }
}

const takesHeldSlot = (state: SosState, { type, data }: SosEvent): boolean =>
  (type === 'sos.accepted' || type === 'sos.holder_assigned') &&
  heldSlots(state).some(({ slot }) => slot === data.slot);

const asDecided = (events: Decided['events'], atMs: number, nowMs: number): Decided => ({
  events,
  atMs,
  dueAtMs: (state) => {
    const due = dueAtMs(state, { nowMs: atMs });
    return due === null ? null : Math.max(due, nowMs + DUE_AFTER_MS);
  },
});

function settledAs(step: Step, changed: Changed<string> | null, broken: ReadonlySet<string>): Settled {
  if (!changed) return 'dropped';
  switch (changed.kind) {
    case 'done': {
      const isVerbatim = !broken.has(step.sosId) && (changed.before?.seq ?? 0) === step.baseSeq;
      if (isVerbatim) return 'confirmed';
      return step.key ? 'confirmed_otherwise' : 'dropped';
    }
    case 'repeated':
      // It had been written, and only the answer was lost; of an SOS that was begun twice the other one stands.
      return changed.outcome.sosId === step.sosId ? 'confirmed_otherwise' : 'superseded';
    default:
      return 'superseded';
  }
}
