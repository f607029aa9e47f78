import type { Clock } from '../../lib/clock.ts';
import { derivedId } from '../../lib/derived-id.ts';
import type { Metrics } from '../../lib/metric.ts';
import { RingBuffer } from '../../lib/ring-buffer.ts';
import { DataRefused } from '../lanes/lane-store.ts';
import { LruMap } from '../lanes/lru-map.ts';
import { type DeviceEpoch, keyOf } from '../lanes/types.ts';
import type { Rules } from '../positions/pipeline.ts';
import type { LivePositions } from '../positions/steps.ts';
import type { AppFix } from './app-message.ts';
import { type AppTrack, judgeAppFix, judgingBy, NO_TRACK, trackFrom } from './app-track.ts';
import { clockAfter } from './device-clock.ts';
import {
  type Believed,
  type IngestResult,
  knocksOf,
  messageKeyOf,
  NOTHING_BELIEVED,
  type Post,
  type PostsPlan,
  planPosts,
  type UnnumberedItem,
} from './plan-unnumbered.ts';
import type { UnnumberedStore } from './unnumbered-store.ts';

export interface UnnumberedParts {
  readonly store: UnnumberedStore;
  readonly live: LivePositions;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly rules: Rules;
  readonly settings?: Partial<UnnumberedSettings>;
}

export interface UnnumberedSettings {
  /** Messages that may wait for the store; beyond them a request is told to come again. */
  readonly waitingMax: number;
  /** Messages in one transaction, and at least one request. */
  readonly batchMessages: number;
  /** Devices that are remembered. A forgotten one is read from the store again. */
  readonly devicesMax: number;
}

const DEFAULTS: UnnumberedSettings = { waitingMax: 20_000, batchMessages: 500, devicesMax: 100_000 };

/** What a device says, read and in our units, or what was wrong with it. */
export type Message =
  | { readonly fix: AppFix }
  | { readonly fix: null; readonly result: IngestResult; readonly problem: string | null };

interface Waiting {
  readonly post: Post;
  readonly done: (results: readonly IngestResult[]) => void;
  readonly failed: (error: unknown) => void;
}

/** What a node remembers of a device: as it is stored, and as it will be once what waits is. */
interface Known {
  stored: Believed;
  now: AppTrack;
  waiting: number;
}

/** The epoch under which the server numbers what this device sends: always the same one. */
export const appEpochOf = (deviceId: string): string => derivedId('app', deviceId);

/**
 * Takes in what comes over HTTP without numbers. A fix moves the live index as soon as it is judged; its request is
 * answered once it is committed. Judged is twice: at once, as if everything that waits were stored already, and again
 * under the lock of the device, which decides. So a request that failed can come again, at this node or another.
 *
 * While one transaction runs, what comes in meanwhile gathers for the next. Nothing is tried twice: the app does that.
 */
export class UnnumberedIngest {
  readonly #parts: UnnumberedParts;
  readonly #settings: UnnumberedSettings;
  readonly #known: LruMap<Known>;
  readonly #queue = new RingBuffer<Waiting>();
  #waiting = 0;
  #stopping = false;
  #working: Promise<void> | null = null;

  constructor(parts: UnnumberedParts) {
    this.#parts = parts;
    this.#settings = { ...DEFAULTS, ...parts.settings };
    this.#known = new LruMap(this.#settings.devicesMax);
  }

  /**
   * What became of each message, once that is stored; null when there is no room for them now. Rejects when the store
   * did not answer: then nothing may have been stored, and all of it must be sent again.
   */
  take(
    { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
    messages: readonly Message[],
    receivedAtMs: number,
  ): Promise<readonly IngestResult[]> | null {
    if (this.#stopping || this.#waiting + messages.length > this.#settings.waitingMax) {
      this.#parts.metrics.count('telemetry_apps_busy');
      return null;
    }
    if (messages.length === 0) return Promise.resolve([]);
    const device = { userId, deviceId, epoch: appEpochOf(deviceId) };
    const items = messages.map(itemOf);
    this.#tell(device, items, receivedAtMs);
    this.#count(messages.length);
    return new Promise((done, failed) => {
      this.#queue.push({ post: { device, items, receivedAtMs }, done, failed });
      this.#working ??= this.#work();
    });
  }

  /** How old something is that a device dates, by what is known of its clock; null: nothing is known of it. */
  async ageMs(
    { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
    atMs: number,
    receivedAtMs: number,
  ): Promise<number | null> {
    const device = { userId, deviceId, epoch: appEpochOf(deviceId) };
    const known = this.#known.get(keyOf(device));
    const { rules, store } = this.#parts;
    const remembered = known && known.now.track.last !== null ? known.now : null;
    const { clock, track } = remembered ?? trackFrom(await store.lastFix(device), rules);
    if (track.last === null) return null;
    return receivedAtMs + clockAfter(clock, { atMs, receivedAtMs }, rules).aheadMs - atMs;
  }

  /** Takes no more, and stores what it has taken. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#working;
  }

  /** Moves the live index by what may count as "where this person is now". */
  #tell(device: DeviceEpoch, items: readonly UnnumberedItem[], receivedAtMs: number): void {
    const known = this.#knownOf(keyOf(device));
    known.waiting += 1;
    for (const { fix } of items) {
      if (!fix) continue;
      const judgement = judgeAppFix(known.now, fix, receivedAtMs, this.#parts.rules);
      known.now = judgement.after;
      if (judgement.kind === 'kept' && !judgement.late)
        this.#parts.live.moved(device.userId, fix.lat, fix.lng, receivedAtMs, fix.accuracyM);
    }
  }

  #knownOf(key: string): Known {
    const known = this.#known.get(key) ?? { stored: NOTHING_BELIEVED, now: NO_TRACK, waiting: 0 };
    this.#known.set(key, known);
    return known;
  }

  async #work(): Promise<void> {
    while (this.#queue.size > 0) await this.#store(this.#batch());
    this.#working = null;
  }

  #batch(): Waiting[] {
    const batch: Waiting[] = [];
    for (let messages = 0; messages < this.#settings.batchMessages; ) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      batch.push(next);
      messages += next.post.items.length;
    }
    return batch;
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const startedMs = this.#parts.clock.monotonicMs();
    try {
      const results = await this.#storePosts(batch.map(({ post }) => post));
      for (const { post, done } of batch) done(results.get(post) ?? []);
    } catch (error) {
      for (const { failed } of batch) failed(error);
    } finally {
      this.#parts.metrics.observeMs('telemetry_apps_store_ms', this.#parts.clock.monotonicMs() - startedMs);
      for (const { post } of batch) this.#ended(post);
    }
  }

  #ended({ device, items }: Post): void {
    this.#count(-items.length);
    const known = this.#known.get(keyOf(device));
    if (!known) return;
    known.waiting -= 1;
    if (known.waiting <= 0) known.now = known.stored.track;
  }

  /** Stores posts; when a value in them is at fault, halves them until that is alone, and refuses it as invalid. */
  async #storePosts(posts: readonly Post[]): Promise<Map<Post, readonly IngestResult[]>> {
    try {
      const plan = await this.#commit(posts);
      return new Map(posts.map((post) => [post, plan.results.get(post) ?? []]));
    } catch (error) {
      if (!(error instanceof DataRefused)) throw error;
      const [post] = posts;
      if (post === undefined) return new Map();
      if (posts.length === 1) return new Map([[post, await this.#storeItems(post, post.items)]]);
      const middle = posts.length >> 1;
      const first = await this.#storePosts(posts.slice(0, middle));
      return new Map([...first, ...(await this.#storePosts(posts.slice(middle)))]);
    }
  }

  async #storeItems(post: Post, items: readonly UnnumberedItem[]): Promise<readonly IngestResult[]> {
    const [only] = items;
    if (items.length > 1) {
      const middle = items.length >> 1;
      const first = await this.#storeItems(post, items.slice(0, middle));
      return [...first, ...(await this.#storeItems(post, items.slice(middle)))];
    }
    try {
      const part = { ...post, items };
      return (await this.#commit([part])).results.get(part) ?? [];
    } catch (error) {
      if (!(error instanceof DataRefused)) throw error;
      // Even without its fix: then its person is gone.
      if (!only?.fix) return ['invalid'];
      return this.#storeItems(post, [{ fix: null, result: 'invalid', problem: 'the store refused a value' }]);
    }
  }

  async #commit(posts: readonly Post[]): Promise<PostsPlan> {
    const { store, rules, metrics } = this.#parts;
    const believed = (key: string) => this.#known.get(key)?.stored;
    const receivedAtMs = Math.max(...posts.map((post) => post.receivedAtMs));
    const plan = await store.commit(knocksOf(posts, believed), receivedAtMs, (standings) =>
      planPosts(posts, standings, believed, judgingBy(rules)),
    );
    for (const [key, after] of plan.after) this.#knownOf(key).stored = after;
    for (const results of plan.results.values())
      for (const outcome of results) metrics.count('telemetry_app_messages', { outcome });
    return plan;
  }

  #count(messages: number): void {
    this.#waiting += messages;
    this.#parts.metrics.gauge('telemetry_apps_waiting', this.#waiting);
  }
}

const itemOf = (message: Message): UnnumberedItem =>
  message.fix ? { fix: message.fix, key: messageKeyOf(message.fix) } : message;
