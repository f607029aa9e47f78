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
/** What fails so often although the store answers is not written by trying again. */
const FAILURES_MAX = 5;

interface Waiting extends Batch {
  /** Monotonic: since when the oldest of it waits. */
  readonly sinceMs: number;
}

/**
 * Findings on their way to the store. Whoever finds never waits: those of one person and condition that wait become at most
 * three steps, so however long the store is away, memory is bounded by who there is and the newest state is kept. Those of
 * one person are written one batch after another.
 */
export class FindingQueue {
  readonly #options: FindingQueueOptions;
  readonly #waiting = new Map<
    string,
    { readonly sinceMs: number; readonly steps: Map<string, readonly Step[]> }
  >();
  readonly #writing = new Map<string, Promise<void>>();
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
    this.#begin(personId);
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values());
  }

  /** Tries once more what waits, and then no more. */
  async stop(): Promise<void> {
    this.#resume();
    await this.idle();
    this.#stopped = true;
    this.#cancelRetry?.();
    if (this.#size > 0) this.#options.log.warn({ conditions: this.#size }, 'findings could not be written');
  }

  /** What is critical has as much room again for itself. */
  #hasRoom({ severity }: Finding): boolean {
    const { waitingMax = WAITING_MAX } = this.#options;
    return this.#size < (severity === 'CRITICAL' ? waitingMax * 2 : waitingMax);
  }

  #beginAll(): void {
    for (const personId of this.#unknown.keys()) this.#begin(personId);
    for (const personId of this.#waiting.keys()) {
      if (this.#writing.size >= AT_ONCE) return;
      this.#begin(personId);
    }
  }

  #begin(personId: string): void {
    if (this.#stopped || this.#cancelRetry !== null) return;
    if (this.#writing.has(personId) || this.#writing.size >= AT_ONCE) return;
    const batch = this.#unknown.get(personId) ?? this.#next(personId);
    if (!batch) return;
    this.#unknown.delete(personId);
    const work = this.#write(batch).finally(() => {
      this.#writing.delete(personId);
      this.#beginAll();
    });
    this.#writing.set(personId, work);
  }

  #next(personId: string): Waiting | null {
    const waiting = this.#waiting.get(personId);
    if (!waiting) return null;
    const { sinceMs, steps } = waiting;
    this.#waiting.delete(personId);
    return { batchId: this.#options.newId(), personId, steps: [...steps.values()].flat(), sinceMs };
  }

  async #write(batch: Waiting): Promise<void> {
    const { clock, log, metrics, write } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        await write(batch);
        metrics.observeMs('alerts_written_ms', clock.monotonicMs() - batch.sinceMs);
        this.#rounds = 0;
        break;
      } catch (error) {
        metrics.count('alerts_findings_failed');
        if (isAway(error)) {
          this.#unknown.set(batch.personId, batch);
          this.#pause();
          return;
        }
        if (failures < FAILURES_MAX) continue;
        metrics.count('alerts_findings_dropped', { severity: 'unwritable' });
        log.error(errorFields(error), 'findings could not be written although the store answers');
        break;
      }
    }
    this.#size -= new Set(batch.steps.map(({ condition }) => condition)).size;
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
