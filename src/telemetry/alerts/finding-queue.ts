import { fullJitterMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import type { Finding } from '../vitals/finding.ts';
import { type Step, stepOf, withStep } from './step.ts';
import type { Batch } from './store.ts';

export interface FindingQueueOptions {
  /** Writes a batch; written again it must change nothing. Rejects when that is unknown. */
  readonly write: (batch: Batch) => Promise<void>;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Conditions of people that may wait at the same time; absent: {@link WAITING_MAX}. */
  readonly waitingMax?: number;
}

/** A few hundred bytes each. */
const WAITING_MAX = 50_000;
/** People whose findings are written at the same time. */
const AT_ONCE = 8;
const RETRY = { baseMs: 200, capMs: 5_000 };
/** Of these what is not critical takes at most so many: nobody whose life it is waits behind a ward of others. */
const ORDINARY_AT_ONCE = 6;
/** What the store refuses so often for what it is, is not written by trying again. */
const REFUSALS_MAX = 5;

interface Waiting extends Batch {
  /** Monotonic: since when the oldest of it waits. */
  readonly sinceMs: number;
  /** How often it could not be written although the store answers. */
  readonly failures: number;
}

/**
 * Findings on their way to the store. Whoever finds never waits: those of one person and condition that wait become at most
 * three steps, so however long the store is away, memory is bounded by who there is and the newest state is kept. Those of
 * one person are written one batch after another; whoever has something critical comes first. What fails is kept and tried
 * again, except what the store refuses for what it is.
 */
export class FindingQueue {
  readonly #options: FindingQueueOptions;
  readonly #waiting = new Map<
    string,
    { readonly sinceMs: number; readonly steps: Map<string, readonly Step[]> }
  >();
  readonly #writing = new Map<string, Promise<void>>();
  /** How many of these have nothing critical. */
  #ordinary = 0;
  /** People of whom something critical waits. */
  readonly #urgent = new Set<string>();
  /** People of whom something failed while the store answers: nothing is begun until their time. */
  readonly #resting = new Map<string, () => void>();
  /** Whose outcome is unknown. Nothing newer of that person overtakes it. */
  readonly #unknown = new Map<string, Waiting>();
  #size = 0;
  #rounds = 0;
  /** Set while the store is away: nothing is begun until then. */
  #cancelRetry: (() => void) | null = null;
  #stopped = false;

  constructor(options: FindingQueueOptions) {
    this.#options = options;
  }

  /** Conditions that wait or are being written. */
  get size(): number {
    return this.#size;
  }

  add(finding: Finding): void {
    const { personId, condition } = finding;
    const { clock, metrics } = this.#options;
    const known = this.#waiting.get(personId);
    const steps = known?.steps ?? new Map<string, readonly Step[]>();
    const waiting = steps.get(condition);
    if (!waiting && !this.#hasRoom(finding)) {
      metrics.count('alerts_findings_dropped', { severity: finding.severity });
      return;
    }
    if (waiting) metrics.count('alerts_findings_coalesced');
    else this.#size += 1;
    steps.set(condition, withStep(waiting ?? [], stepOf(finding)));
    this.#waiting.set(personId, known ?? { sinceMs: clock.monotonicMs(), steps });
    if (finding.severity === 'CRITICAL') this.#urgent.add(personId);
    this.#begin(personId);
  }

  /** Whether anything that was found of this person is not in the store yet. */
  waitsFor(personId: string): boolean {
    return this.#writing.has(personId) || this.#waiting.has(personId) || this.#unknown.has(personId);
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values());
  }

  /** Tries once more what waits, and then no more. */
  async stop(): Promise<void> {
    this.#wakeAll();
    this.#resume();
    await this.idle();
    this.#stopped = true;
    this.#wakeAll();
    this.#cancelRetry?.();
    if (this.#size > 0) this.#options.log.warn({ conditions: this.#size }, 'findings could not be written');
  }

  /** What is critical has as much room again for itself. */
  #hasRoom({ severity }: Finding): boolean {
    const { waitingMax = WAITING_MAX } = this.#options;
    return this.#size < (severity === 'CRITICAL' ? waitingMax * 2 : waitingMax);
  }

  #beginAll(): void {
    for (const personIds of [this.#urgent, this.#unknown.keys(), this.#waiting.keys()]) {
      for (const personId of personIds) {
        if (this.#writing.size >= AT_ONCE) return;
        if (personIds !== this.#urgent && this.#ordinary >= ORDINARY_AT_ONCE) return;
        this.#begin(personId);
      }
    }
  }

  #begin(personId: string): void {
    if (this.#stopped || this.#cancelRetry !== null || this.#resting.has(personId)) return;
    if (this.#writing.has(personId) || this.#writing.size >= AT_ONCE) return;
    const isOrdinary = !this.#urgent.has(personId);
    if (isOrdinary && this.#ordinary >= ORDINARY_AT_ONCE) return;
    const batch = this.#unknown.get(personId) ?? this.#next(personId);
    if (!batch) return;
    this.#unknown.delete(personId);
    if (!this.#waiting.has(personId)) this.#urgent.delete(personId);
    if (isOrdinary) this.#ordinary += 1;
    const work = this.#write(batch).finally(() => {
      this.#writing.delete(personId);
      if (isOrdinary) this.#ordinary -= 1;
      this.#beginAll();
    });
    this.#writing.set(personId, work);
  }

  #next(personId: string): Waiting | null {
    const waiting = this.#waiting.get(personId);
    if (!waiting) return null;
    const { sinceMs, steps } = waiting;
    this.#waiting.delete(personId);
    const batchId = this.#options.newId();
    return { batchId, personId, steps: [...steps.values()].flat(), sinceMs, failures: 0 };
  }

  async #write(batch: Waiting): Promise<void> {
    const { clock, metrics, write } = this.#options;
    try {
      await write(batch);
      metrics.observeMs('alerts_written_ms', clock.monotonicMs() - batch.sinceMs);
      this.#rounds = 0;
    } catch (error) {
      metrics.count('alerts_findings_failed');
      if (this.#isKept(batch, error)) return;
    }
    this.#size -= new Set(batch.steps.map(({ condition }) => condition)).size;
  }

  /** What could not be written is tried again: false, if that is of no use. */
  #isKept(batch: Waiting, error: unknown): boolean {
    const { log, metrics } = this.#options;
    const failures = batch.failures + (isAway(error) ? 0 : 1);
    if (failures === REFUSALS_MAX && !isAway(error))
      log.error(errorFields(error), 'findings can not be written although the store answers');
    if (failures >= REFUSALS_MAX && isRefused(error)) {
      metrics.count('alerts_findings_dropped', { severity: 'unwritable' });
      return false;
    }
    this.#unknown.set(batch.personId, { ...batch, failures });
    if (batch.steps.some(({ severity }) => severity === 'CRITICAL')) this.#urgent.add(batch.personId);
    if (isAway(error)) this.#pause();
    else this.#rest(batch.personId, failures);
    return true;
  }

  #rest(personId: string, failures: number): void {
    const { clock, random } = this.#options;
    const waitMs = fullJitterMs(failures, RETRY.baseMs, RETRY.capMs, random);
    const cancel = clock.after(waitMs, () => {
      this.#resting.delete(personId);
      this.#begin(personId);
    });
    this.#resting.set(personId, cancel);
  }

  #wakeAll(): void {
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
  }

  #pause(): void {
    if (this.#stopped || this.#cancelRetry !== null) return;
    const { clock, random } = this.#options;
    const waitMs = fullJitterMs(this.#rounds, RETRY.baseMs, RETRY.capMs, random);
    this.#rounds += 1;
    this.#cancelRetry = clock.after(waitMs, () => this.#resume());
  }

  #resume(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#beginAll();
  }
}

const isAway = (error: unknown) => (error as { code?: unknown } | null)?.code === 'store_unavailable';

/** SQLSTATE 22 and 23: the data itself, or what it would break. Whatever else fails may be over the next time. */
const isRefused = (error: unknown) => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
};
