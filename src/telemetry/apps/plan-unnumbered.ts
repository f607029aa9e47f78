import { must } from '../../lib/assert.ts';
import { derivedId } from '../../lib/derived-id.ts';
import type { Stored } from '../lanes/plan.ts';
import { type DeviceEpoch, keyOf } from '../lanes/types.ts';
import type { KeptFix } from '../positions/fix.ts';
import type { AppFix } from './app-message.ts';
import { type AppTrack, type Judging, NO_TRACK } from './app-track.ts';
import type { CountedRefusal, Knock, Standing, Trouble, UnnumberedPlan } from './unnumbered-store.ts';

/** What became of one message, as its sender is told. */
export type IngestResult =
  | 'accepted'
  | 'late'
  | 'stale'
  | 'duplicate'
  | 'future'
  | 'impossible'
  | 'invalid'
  | 'ignored-type'
  | 'rejected'
  /** An alarm beside its message; no sender is told this. */
  | 'sos-too-late';

/** A message on its way to the store: a fix, or that there was none. */
export type UnnumberedItem =
  | { readonly fix: AppFix; readonly key: string }
  | { readonly fix: null; readonly result: IngestResult; readonly problem: string | null };

/** Everything of one request. */
export interface Post {
  readonly device: DeviceEpoch;
  readonly items: readonly UnnumberedItem[];
  readonly receivedAtMs: number;
}

/** What a node believes of a device. */
export interface Believed {
  readonly seq: number | null;
  readonly track: AppTrack;
}

export interface PostsPlan extends UnnumberedPlan {
  /** By post, of each of its items. */
  readonly results: ReadonlyMap<Post, readonly IngestResult[]>;
  /** What is known of each device once this is committed. */
  readonly after: ReadonlyMap<string, Believed>;
}

export const NOTHING_BELIEVED: Believed = { seq: null, track: NO_TRACK };

const DAY_MS = 86_400_000;

/** By what a fix is recognised when it comes again: the id of its message, else its time and place. */
export function messageKeyOf({ messageId, atMs, lat, lng }: AppFix): string {
  return messageId === null
    ? derivedId('fix', String(atMs), String(lat), String(lng))
    : // The ids of an app are short: two fixes of a month may have the same.
      derivedId('id', messageId, String(atMs));
}

export function knocksOf(posts: readonly Post[], believed: (key: string) => Believed | undefined): Knock[] {
  const knocks = new Map<string, Knock & { keys: string[] }>();
  for (const { device, items } of posts) {
    const key = keyOf(device);
    const knock = knocks.get(key) ?? { device, believedSeq: believed(key)?.seq ?? null, keys: [] };
    knocks.set(key, knock);
    for (const item of items) if (item.fix) knock.keys.push(item.key);
  }
  return [...knocks.values()];
}

/**
 * Decides what of some posts is written, given how their devices stand. Pure, because the transaction around it may run
 * more than once. What is kept gets the next numbers of its device, in the order in which it came.
 */
export function planPosts(
  posts: readonly Post[],
  standings: ReadonlyMap<string, Standing>,
  believed: (key: string) => Believed | undefined,
  judging: Judging,
): PostsPlan {
  const results = new Map<Post, readonly IngestResult[]>();
  const devices = new Map<string, DevicePlan>();
  const refused = new Map<string, CountedRefusal>();
  const troubles = new Map<string, Trouble>();
  for (const post of posts) {
    const key = keyOf(post.device);
    const plan =
      devices.get(key) ??
      new DevicePlan(post.device, must(standings.get(key), 'a locked cursor'), believed(key), judging);
    devices.set(key, plan);
    const ended = post.items.map((item) => plan.take(item, post.receivedAtMs));
    results.set(
      post,
      ended.map(({ result }) => result),
    );
    for (const { result, problem, isCounted } of ended) {
      if (isCounted) countOne(refused, post, result);
      if (isTrouble(result, problem))
        troubles.set(key, { device: post.device, reason: result, detail: problem, atMs: post.receivedAtMs });
    }
  }
  const all = [...devices.values()];
  return {
    results,
    after: new Map([...devices].map(([key, plan]) => [key, { seq: plan.seq, track: plan.track }])),
    kept: all.flatMap(({ kept }) => kept),
    cursors: all.filter(({ kept }) => kept.length > 0).map(({ device, seq }) => ({ device, seq })),
    refused: [...refused.values()],
    troubles: [...troubles.values()],
  };
}

interface Ended {
  readonly result: IngestResult;
  readonly problem: string | null;
  /** It was not kept, and is counted with its reason. */
  readonly isCounted: boolean;
}

/** What is said of old, repeated and unimportant messages is no trouble: there is nothing to put right. */
const isTrouble = (result: IngestResult, problem: string | null): boolean =>
  problem !== null || ['future', 'impossible', 'invalid', 'rejected'].includes(result);

class DevicePlan {
  readonly device: DeviceEpoch;
  readonly kept: Stored<KeptFix>[] = [];
  seq: number;
  track: AppTrack;
  readonly #fresh: Set<string>;
  readonly #judging: Judging;

  constructor(
    device: DeviceEpoch,
    { seq, last, fresh }: Standing,
    believed: Believed | undefined,
    judging: Judging,
  ) {
    this.device = device;
    this.seq = seq;
    this.track = last === undefined ? (believed?.track ?? NO_TRACK) : judging.begin(last);
    this.#fresh = new Set(fresh);
    this.#judging = judging;
  }

  take(item: UnnumberedItem, receivedAtMs: number): Ended {
    if (item.fix === null) return { result: item.result, problem: item.problem, isCounted: true };
    if (!this.#fresh.delete(item.key)) return { result: 'duplicate', problem: null, isCounted: true };
    const judgement = this.#judging.judge(this.track, item.fix, receivedAtMs);
    this.track = judgement.after;
    if (judgement.kind === 'refused') return { result: judgement.reason, problem: null, isCounted: true };
    const { fix, late, result } = judgement;
    this.seq += 1;
    this.kept.push({ device: this.device, seq: this.seq, value: { fix, late }, receivedAtMs });
    return { result, problem: item.fix.isMock ? 'mock: made up by another app' : null, isCounted: false };
  }
}

function countOne(
  counts: Map<string, CountedRefusal>,
  { device, receivedAtMs }: Post,
  reason: IngestResult,
): void {
  const dayMs = Math.floor(receivedAtMs / DAY_MS) * DAY_MS;
  const key = `${keyOf(device)}/${dayMs}/${reason}`;
  counts.set(key, { device, dayMs, reason, rows: (counts.get(key)?.rows ?? 0) + 1 });
}
