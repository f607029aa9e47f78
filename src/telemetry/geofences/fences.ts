import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { LogEvent } from '../log-event.ts';
import { isActive } from './active.ts';
import type { Fence, FenceOrder, FenceState } from './fence.ts';
import { changeOf, type Judged, judge, STANDING_RULES } from './judge.ts';
import { placeOf, type Seen, type Side, sideOf } from './place.ts';
import type { FenceStore, FenceWithState } from './store.ts';
import { FenceIndex, type Watched } from './watched.ts';

export interface FencesParts {
  readonly store: FenceStore;
  /** Whom an event of this fence is told to, at this moment: the person first. */
  readonly audience: (fence: Fence) => Promise<readonly string[]>;
  /** Tells what was written, after commit. */
  readonly publish: (event: LogEvent) => void;
  /** Told after a fence was set or removed here, which the other nodes do not know yet. */
  readonly onSet?: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const POLL_MS = 1_000;
/** Longer than a transaction takes: what commits late is still found. */
const POLL_BACK_MS = 10_000;
/** So often all fences are read again, so that those removed on other nodes leave this one's memory. */
const RELOAD_EVERY_POLLS = 600;
const PAGE = 1_000;
const RETRY_MS = 5_000;
const DWELL_MS = 5_000;
const DWELL_AT_ONCE = 100;

/**
 * Tells who comes into fences, goes out of them and stays. Whether somebody crossed is judged from live positions on the
 * node that their device talks to; that they did is one locked transaction of the store, so a restart, a second node or a
 * repetition tells nothing twice. Whoever has no fence costs one look into a map.
 */
export class Fences {
  readonly #parts: FencesParts;
  readonly #index = new FenceIndex();
  #cancelPoll: () => void = () => {};
  #polls = 0;
  /** Monotonic: up to then everything was read, or is looked for once more. */
  #readUpToMs = 0;
  #polling: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: FencesParts) {
    this.#parts = parts;
  }

  /** Reads all fences, then follows what other nodes change. */
  async start(): Promise<void> {
    this.#readUpToMs = this.#parts.clock.monotonicMs();
    await this.#load();
    this.#pollLater();
  }

  /** Reads what other nodes have set now instead of at the next beat. */
  look(): void {
    if (!this.#stopped) void this.#pollInTurn();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelPoll();
    for (const watched of this.#index.all()) watched.cancelTimer();
  }

  get size(): number {
    return this.#index.size;
  }

  /** Whether this node believes that the person of a fence is on this side of it. */
  knows(fenceId: string, side: Side): boolean {
    return this.#index.get(fenceId)?.standing.side === side;
  }

  /** Whether fixes have spoken against that, and it is not decided yet. */
  isUnsure(fenceId: string): boolean {
    return (this.#index.get(fenceId)?.standing.doubt ?? null) !== null;
  }

  /** A live position, in the order in which a device's were judged. Neither waits nor throws. */
  moved(personId: string, lat: number, lng: number, accuracyM: number | null): void {
    const fences = this.#index.of(personId);
    if (fences === undefined) return;
    for (const watched of fences) this.#seen(watched, { lat, lng, accuracyM });
  }

  ofPerson(personId: string): Promise<readonly FenceWithState[]> {
    return this.#parts.store.ofPerson(personId);
  }

  async set(fenceId: string, personId: string, by: string, order: FenceOrder) {
    const set = await this.#parts.store.set(fenceId, personId, by, order);
    if (typeof set === 'string') return set;
    this.#learn(set);
    this.#parts.onSet?.();
    return set;
  }

  async remove(fenceId: string, personId: string): Promise<boolean> {
    const removed = await this.#parts.store.remove(fenceId, personId);
    if (removed) this.#index.drop(fenceId);
    if (removed) this.#parts.onSet?.();
    return removed;
  }

  /** Tells who has stayed for long enough, whichever node they are on. */
  readonly job = {
    name: 'geofence_dwells',
    everyMs: DWELL_MS,
    run: async ({ signal }: { readonly signal: AbortSignal }) => {
      const { store, audience, clock } = this.#parts;
      for (const fence of await store.staying(DWELL_AT_ONCE)) {
        if (signal.aborted) return;
        if (isActive(fence.active, clock.nowMs()))
          this.#told(await store.dwell(fence, await audience(fence)));
      }
    },
  };

  #seen(watched: Watched, fix: Seen): void {
    const nowMs = this.#parts.clock.nowMs();
    if (!isActive(watched.fence.active, nowMs)) return;
    const place = watched.place();
    if (!place) return;
    const { standing, change } = judge(watched.standing, sideOf(place, fix), nowMs);
    watched.standing = standing;
    if (!standing.doubt) watched.cancelTimer();
    else if (!watched.hasTimer) this.#lookAgain(watched, STANDING_RULES.unopposedMs);
    if (change) void this.#move(watched, change);
  }

  /** Nothing may have been heard by then. */
  #lookAgain(watched: Watched, afterMs: number): void {
    const { clock } = this.#parts;
    watched.setTimer(
      clock.after(afterMs, () => {
        watched.cancelTimer();
        const change = changeOf(watched.standing, clock.nowMs());
        if (change && !this.#stopped) void this.#move(watched, change);
      }),
    );
  }

  async #move(watched: Watched, change: NonNullable<Judged['change']>): Promise<void> {
    if (watched.isMoving) return;
    watched.isMoving = true;
    try {
      await this.#store(watched, change);
    } catch (error) {
      this.#parts.metrics.count('geofence_moves_failed_total');
      this.#parts.log.warn(errorFields(error), 'a fence could not be stored; it is tried again');
      if (watched.standing.doubt && !this.#stopped) this.#lookAgain(watched, RETRY_MS);
    } finally {
      watched.isMoving = false;
    }
  }

  async #store(watched: Watched, { side, atMs }: { side: Side; atMs: number }): Promise<void> {
    const { fence } = watched;
    const place = watched.place();
    if (!place) return;
    const isTold = watched.standing.side !== null && (side === 'in' ? fence.onEnter : fence.onExit);
    const kind = side === 'in' ? 'entered' : 'exited';
    const moved = await this.#parts.store.move(
      fence,
      { side, atMs },
      (seen) => (sideOf(place, seen) ?? side) === side,
      isTold ? { kind, audience: await this.#parts.audience(fence) } : null,
    );
    if (!moved) this.#index.drop(fence.fenceId);
    else {
      watched.learn(moved.state);
      if (watched.standing.side !== side) watched.forgetDoubt();
      this.#told(moved.events);
    }
  }

  #told(events: readonly LogEvent[]): void {
    for (const event of events) this.#parts.publish(event);
    const [first] = events;
    if (first) this.#parts.metrics.count('geofence_events_total', { type: first.type });
  }

  async #load(): Promise<void> {
    const known = new Set<string>();
    let after: string | null = null;
    do {
      const page: readonly FenceWithState[] = await this.#parts.store.page(after, PAGE);
      for (const each of page) {
        known.add(each.fence.fenceId);
        this.#learn(each);
      }
      after = page.length < PAGE ? null : (page.at(-1)?.fence.fenceId ?? null);
    } while (after !== null && !this.#stopped);
    this.#index.keep(known);
    this.#parts.metrics.gauge('geofences', this.#index.size);
  }

  #learn({ fence, state }: { readonly fence: Fence; readonly state: FenceState | null }): void {
    this.#index.learn(fence, state);
  }

  #pollLater(): void {
    if (this.#stopped) return;
    this.#cancelPoll = this.#parts.clock.after(POLL_MS, () => {
      void this.#pollInTurn().then(() => this.#pollLater());
    });
  }

  /** One after another. Never rejects: what could not be read is read by the next. */
  #pollInTurn(): Promise<void> {
    this.#polling = this.#polling
      .then(() => this.#poll())
      .catch((error: unknown) => {
        this.#parts.metrics.count('geofence_polls_failed_total');
        this.#parts.log.warn(errorFields(error), 'what other nodes did to fences could not be read');
      });
    return this.#polling;
  }

  async #poll(): Promise<void> {
    this.#polls += 1;
    if (this.#polls % RELOAD_EVERY_POLLS === 0) await this.#load();
    const nowMs = this.#parts.clock.monotonicMs();
    const changed = await this.#parts.store.changedWithin(nowMs - this.#readUpToMs + POLL_BACK_MS);
    for (const each of changed) this.#learn(each);
    this.#readUpToMs = nowMs;
  }
}

/** Whether a shape can be watched, or one sentence why not. */
export const checkShape = (shape: FenceOrder['shape']) => {
  const place = placeOf(shape);
  return place.ok ? null : place;
};
