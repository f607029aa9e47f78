import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../lib/clock.ts';
import type { SosState } from '../machine/state.ts';
import type { CommandKey, LogEvent } from '../store.ts';
import type { Stored } from '../writing.ts';
import { answerIn, answerKey } from './answers.ts';
import { StoreAway } from './away.ts';
import { Backlog, keysOf } from './backlog.ts';
import type { AnyStep, StepLog } from './steps.ts';

/** Whoever asks waits no longer for what was decided before, so that another node which asks for them is answered in time. */
const WRITTEN_WITHIN_MS = 1_500;

export type StoredEvent = Pick<LogEvent, 'seq' | 'type' | 'atMs' | 'data'>;

const asStored = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

export interface OwnStepsOptions {
  readonly clock: Pick<Clock, 'after'>;
  readonly log: StepLog;
  /** Told of what is on the disk, and of which batch it is. */
  readonly onKept?: (step: AnyStep, batch: number) => void;
}

/** What was decided of one SOS on top of what the store has. */
interface Suffix {
  state: SosState;
  readonly steps: Set<string>;
}

/** What this node has decided without the store, until it is in it. No larger than what the local journal keeps. */
export class OwnSteps {
  readonly #options: OwnStepsOptions;
  readonly #suffixes = new Map<string, Suffix>();
  readonly #answers = new Map<string, Stored>();
  readonly #writing = new Map<Promise<boolean>, string>();
  /** SOS that went on in the store otherwise than is kept here. */
  readonly #overtaken = new Set<string>();
  readonly #backlog: Backlog;
  /** By SOS and by person: who waits for something of theirs to be in the store. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(options: OwnStepsOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.log.kept());
  }

  /** Nothing waits to be written, nor is on its way to the disk. */
  get isEmpty(): boolean {
    return this.#options.log.kept().length === 0 && this.#writing.size === 0;
  }

  get hasBacklog(): boolean {
    return !this.#backlog.isEmpty;
  }

  /** Everything of batches up to this one is in the store. */
  get settledBatch(): number {
    return this.#backlog.isEmpty ? this.#backlog.batch : this.#backlog.batch - 1;
  }

  get batch(): number {
    return this.#backlog.batch;
  }

  /** Whether something of this SOS is decided here and not in the store yet. */
  has(sosId: string): boolean {
    return this.#suffixes.has(sosId);
  }

  /** The store has this event of an SOS. True: it says, for the first time, that others have gone on there. */
  isStored(sosId: string, event: StoredEvent): boolean {
    const steps = this.#backlog.of(sosId).flatMap((step) => ('baseSeq' in step ? [step] : []));
    const [first] = steps;
    if (!first || event.seq <= first.baseSeq || this.#overtaken.has(sosId)) return false;
    const ours = steps.flatMap(({ events, atMs }) => events.map((one) => ({ ...one, atMs })))[
      event.seq - first.baseSeq - 1
    ];
    // By its time where it was written as it was decided, by what it says where a call that was given up was carried out.
    const isOurs =
      ours?.type === event.type &&
      (ours.atMs === event.atMs || isDeepStrictEqual(asStored(ours.data), event.data));
    if (!isOurs) this.#overtaken.add(sosId);
    return !isOurs;
  }

  /** Nothing of it is kept, nor on its way to the disk. */
  isClear(sosId: string): boolean {
    return this.#backlog.of(sosId).length === 0 && ![...this.#writing.values()].includes(sosId);
  }

  /** Whether others have gone on with it in the store: what it led to here is not so, and nothing more is decided on that. */
  isOvertaken(sosId: string): boolean {
    return this.#overtaken.has(sosId);
  }

  stateOf(sosId: string): SosState | undefined {
    return this.#suffixes.get(sosId)?.state;
  }

  answerTo(key: CommandKey): Stored | undefined {
    return this.#answers.get(answerKey(key));
  }

  stepsOf(sosId: string): readonly AnyStep[] {
    return this.#backlog.of(sosId);
  }

  /** Whether something of this SOS, or of this person, has to be written first. */
  isAhead(sosId: string, actorId: string | null): boolean {
    return this.#backlog.concerns(sosId, actorId);
  }

  /** Resolves when nothing of this SOS and of this person has to be written first any more, or when it takes too long. */
  async cleared(sosId: string | null, actorId: string): Promise<void> {
    let isLate = false;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(WRITTEN_WITHIN_MS, () => {
        isLate = true;
        resolve();
      });
    });
    for (const key of sosId === null ? [actorId] : [sosId, actorId])
      while (this.#backlog.concerns(key, null) && !isLate) await Promise.race([this.#nextOf(key), late]);
    cancel();
  }

  #nextOf(key: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(resolve));
    });
  }

  /** Resolves when it is on the disk, and rejects when it can't be. `state`: what it led to. */
  async keep(step: AnyStep, state?: SosState): Promise<void> {
    const { log, onKept } = this.#options;
    if (this.#backlog.has(step)) return;
    const writing = log.append(step);
    this.#writing.set(writing, step.sosId);
    try {
      if (!(await writing)) throw new StoreAway();
    } finally {
      this.#writing.delete(writing);
    }
    this.#backlog.add(step);
    const answer = answerIn(step);
    if (answer && step.key) this.#answers.set(answerKey(step.key), answer);
    if (state) this.#follow(step, state);
    onKept?.(step, this.#backlog.batch);
  }

  /** What is on its way to the disk is there, or is not going to be. */
  async written(): Promise<void> {
    await Promise.allSettled(this.#writing.keys());
  }

  /** It is in the store. */
  leave(step: AnyStep): void {
    const { id, sosId } = step;
    this.#backlog.remove(step);
    const suffix = this.#suffixes.get(sosId);
    suffix?.steps.delete(id);
    if (suffix?.steps.size === 0) this.#suffixes.delete(sosId);
    if (this.#backlog.of(sosId).length === 0) this.#overtaken.delete(sosId);
    for (const key of keysOf(step)) {
      const waiting = this.#waiting.get(key);
      this.#waiting.delete(key);
      for (const go of waiting ?? []) go();
    }
  }

  /** All of it is. */
  clear(): void {
    this.#answers.clear();
    this.#suffixes.clear();
    this.#overtaken.clear();
  }

  #follow({ id, sosId }: AnyStep, state: SosState): void {
    const suffix = this.#suffixes.get(sosId) ?? { state, steps: new Set() };
    suffix.state = state;
    suffix.steps.add(id);
    this.#suffixes.set(sosId, suffix);
  }
}
