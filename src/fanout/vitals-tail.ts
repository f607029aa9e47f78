import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { CALM, type Overload, tickMsAt } from '../lib/overload.ts';
import type { DownBody } from '../protocol/down.ts';
import { Summary, type TailSample, type TailVital } from './tail-summary.ts';
import { ToldSamples } from './told-samples.ts';

/** Who looks, with their grants of the moment of asking. */
export interface TailViewer {
  readonly userId: string;
  readonly grants: readonly string[];
}

/** Whom a tail is about. */
export interface TailPerson {
  readonly personId: string;
  /** Null: they have no account. */
  readonly userId: string | null;
}

/** A socket, as a tail sees it. */
export interface TailSink {
  send(state: DownBody<'tail'>): void;
  /** False while older frames wait: what would be sent is summed up until it is asked for again. */
  ready(): boolean;
  /** Nothing more is sent. */
  ended(reason: 'not_entitled' | 'failed'): void;
}

export interface VitalsTailParts {
  /** Whom an id names, if this viewer may see their vital signs at this moment; null: nobody, as far as they are told. */
  readonly entitled: (viewer: TailViewer, id: string) => Promise<TailPerson | null>;
  /** What was stored of people since an instant of each, in order of time: other nodes take samples in too. */
  readonly newest: (
    asked: readonly { readonly personId: string; readonly sinceMs: number }[],
  ) => Promise<readonly TailSample[]>;
  /** Where it is kept who was shown whose vital signs. Called for each frame; must be quick. */
  readonly saw: (viewer: TailViewer, person: TailPerson) => void;
  /** How much of what can wait the node gives up; absent: nothing. */
  readonly overload?: () => Overload;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Watcher {
  readonly viewer: TailViewer;
  /** As the client named them. */
  readonly id: string;
  readonly person: TailPerson;
  readonly personId: string;
  readonly sink: TailSink;
  readonly summary: Summary;
  /** Monotonic: when it was last found that they may see this. */
  checkedMs: number;
  isChecking: boolean;
  /** The last minute is in the summary, so that the first frame can be sent. */
  hasBegun: boolean;
  /** What was measured from here on came in live. */
  liveFromMs: number;
  isOpen: boolean;
}

/** Somebody who is followed here. */
interface Followed {
  readonly watchers: Set<Watcher>;
  /** What the watchers have been told of, whichever node it came to. */
  readonly told: ToldSamples;
}

const TICK_MS = 250;
/** Nobody is shown anything on an entitlement that was looked at longer ago than this. */
const CHECKED_FOR_MS = 5_000;
const POLL_MS = 1_000;
const FIRST_LOOK_BACK_MS = 60_000;

/**
 * The newest vital signs of people, live, for those who care for them. Of each person only those few numbers are held that
 * the next frame to each watcher sums up; whoever is not followed costs one look into a map.
 */
export class VitalsTail {
  readonly #parts: VitalsTailParts;
  readonly #followed = new Map<string, Followed>();
  readonly #due = new Set<Watcher>();
  #cancelTick: (() => void) | null = null;
  #cancelPoll: (() => void) | null = null;
  #closed = false;

  constructor(parts: VitalsTailParts) {
    this.#parts = parts;
  }

  /** Whether somebody follows this person here. */
  follows(personId: string): boolean {
    return this.#followed.has(personId);
  }

  /** A sample came in on this node. Neither waits nor throws. */
  sampled(sample: TailSample): void {
    const followed = this.#followed.get(sample.personId);
    if (!followed) return;
    followed.told.add(sample);
    this.#take(followed, sample);
  }

  /** Begins once it is known that the viewer may; the answer ends it without a word. */
  open(viewer: TailViewer, id: string, vitals: readonly TailVital[] | null, sink: TailSink): OpenTail {
    const opening = new OpenTail();
    this.#parts.entitled(viewer, id).then(
      (person) => {
        if (opening.isClosed || this.#closed) return;
        if (!person) return sink.ended('not_entitled');
        const { personId } = person;
        const checkedMs = this.#parts.clock.monotonicMs();
        const summary = new Summary(vitals);
        const watcher: Watcher = {
          viewer,
          id,
          person,
          personId,
          sink,
          summary,
          checkedMs,
          isChecking: false,
          hasBegun: false,
          liveFromMs: Number.POSITIVE_INFINITY,
          isOpen: true,
        };
        this.#join(watcher);
        opening.joined({ leave: () => this.#leave(watcher), recheck: () => this.#check(watcher) });
        this.#begin(watcher);
      },
      (error: unknown) => {
        this.#parts.log.warn(errorFields(error), 'who may follow vital signs is unknown for now');
        if (!opening.isClosed) sink.ended('failed');
      },
    );
    return opening;
  }

  get people(): number {
    return this.#followed.size;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTick?.();
    this.#cancelPoll?.();
    this.#followed.clear();
    this.#due.clear();
  }

  #join(watcher: Watcher): void {
    const { personId } = watcher;
    const followed = this.#followed.get(personId) ?? this.#follow(personId);
    followed.watchers.add(watcher);
    this.#parts.metrics.gauge('fanout_tailed_people', this.#followed.size);
    this.#schedulePoll();
  }

  #follow(personId: string): Followed {
    const told = new ToldSamples(this.#parts.clock.nowMs() - FIRST_LOOK_BACK_MS);
    const followed = { watchers: new Set<Watcher>(), told };
    this.#followed.set(personId, followed);
    return followed;
  }

  /** The last minute, as the store has it: the answer to whoever begins. */
  #begin(watcher: Watcher): void {
    const { personId } = watcher;
    const begin = (samples: readonly TailSample[]) => {
      const followed = this.#followed.get(personId);
      const isAlone = followed?.watchers.size === 1;
      for (const sample of samples) {
        if (sample.recordedAtMs >= watcher.liveFromMs) continue;
        watcher.summary.take(sample);
        // The others have still to be told of it.
        if (isAlone) followed?.told.add(sample);
      }
      watcher.hasBegun = true;
      if (watcher.isOpen) this.#send(watcher);
    };
    const sinceMs = this.#parts.clock.nowMs() - FIRST_LOOK_BACK_MS;
    this.#parts.newest([{ personId, sinceMs }]).then(begin, (error: unknown) => {
      this.#parts.log.warn(errorFields(error), 'the last minute of vital signs could not be read');
      begin([]);
    });
  }

  #take(followed: Followed, sample: TailSample): void {
    for (const watcher of followed.watchers) {
      watcher.summary.take(sample);
      watcher.liveFromMs = Math.min(watcher.liveFromMs, sample.recordedAtMs);
      if (watcher.summary.isEmpty) continue;
      this.#due.add(watcher);
      this.#scheduleTick();
    }
  }

  #scheduleTick(): void {
    this.#cancelTick ??= this.#parts.clock.after(this.#tickMs(), () => this.#tick());
  }

  #tickMs(): number {
    const { overload = () => CALM } = this.#parts;
    return tickMsAt(overload().level, TICK_MS);
  }

  #tick(): void {
    this.#cancelTick = null;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const watcher of this.#due) {
      if (nowMs - watcher.checkedMs > CHECKED_FOR_MS) this.#check(watcher);
      else if (watcher.hasBegun && watcher.sink.ready()) this.#send(watcher);
    }
    if (this.#due.size > 0) this.#scheduleTick();
  }

  #send(watcher: Watcher): void {
    this.#due.delete(watcher);
    const { viewer, person, id, summary, sink } = watcher;
    this.#parts.saw(viewer, person);
    sink.send({ personId: id, ...summary.drain() });
  }

  /** Looks again whether they may; nothing is sent before the answer. */
  #check(watcher: Watcher): void {
    if (watcher.isChecking || !watcher.isOpen) return;
    watcher.isChecking = true;
    watcher.checkedMs = Number.NEGATIVE_INFINITY;
    const asOfMs = this.#parts.clock.monotonicMs();
    this.#parts.entitled(watcher.viewer, watcher.id).then(
      (person) => {
        watcher.isChecking = false;
        if (person?.personId === watcher.personId) watcher.checkedMs = asOfMs;
        else this.#end(watcher, 'not_entitled');
      },
      (error: unknown) => {
        // Not shown meanwhile; the next tick with something to show asks again.
        watcher.isChecking = false;
        this.#parts.log.warn(errorFields(error), 'who may follow vital signs is unknown for now');
      },
    );
  }

  #end(watcher: Watcher, reason: 'not_entitled' | 'failed'): void {
    if (!watcher.isOpen) return;
    this.#leave(watcher);
    watcher.sink.ended(reason);
  }

  #leave(watcher: Watcher): void {
    watcher.isOpen = false;
    this.#due.delete(watcher);
    const followed = this.#followed.get(watcher.personId);
    followed?.watchers.delete(watcher);
    if (followed?.watchers.size === 0) this.#followed.delete(watcher.personId);
    this.#parts.metrics.gauge('fanout_tailed_people', this.#followed.size);
  }

  #schedulePoll(): void {
    if (this.#closed || this.#followed.size === 0) return;
    this.#cancelPoll ??= this.#parts.clock.after(POLL_MS, () => {
      this.#poll()
        .catch((error: unknown) => {
          this.#parts.metrics.count('fanout_tail_poll_failed_total');
          this.#parts.log.warn(errorFields(error), 'vital signs that other nodes took in could not be read');
        })
        .finally(() => {
          this.#cancelPoll = null;
          this.#schedulePoll();
        });
    });
  }

  /** Whoever sends to another node is followed through the store; of one who sends to this one another device may. */
  async #poll(): Promise<void> {
    const asked = [...this.#followed].flatMap(([personId, { told, watchers }]) =>
      [...watchers].some((watcher) => watcher.hasBegun) ? [{ personId, sinceMs: told.sinceMs }] : [],
    );
    if (asked.length === 0) return;
    for (const sample of await this.#parts.newest(asked)) {
      const followed = this.#followed.get(sample.personId);
      if (followed?.told.add(sample)) this.#take(followed, sample);
    }
  }
}

/** A tail that was asked for: about to begin, running or over. */
export class OpenTail {
  #joined: { leave(): void; recheck(): void } | null = null;
  isClosed = false;

  joined(running: { leave(): void; recheck(): void }): void {
    this.#joined = running;
  }

  /** What the viewer may do has changed. */
  recheck(): void {
    this.#joined?.recheck();
  }

  close(): void {
    this.isClosed = true;
    this.#joined?.leave();
    this.#joined = null;
  }
}
