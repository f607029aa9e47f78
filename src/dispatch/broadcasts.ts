import { type Area, areaOf } from '../geo/area.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type {
  Broadcast,
  BroadcastOrder,
  BroadcastStore,
  LastPositions,
  PersonAt,
  Step,
} from './broadcast.ts';
import { BroadcastReceiptBook } from './broadcast-receipts.ts';
import { dutyReason } from './duty.ts';
import type { Roster } from './roster.ts';
import type { LogEvent } from './store.ts';

export interface BroadcastsOptions {
  readonly store: BroadcastStore;
  readonly positions: LastPositions;
  readonly roster: Pick<Roster, 'get'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Tells what was written, after commit. */
  readonly publish: (event: LogEvent) => void;
}

export const BROADCAST_LIMITS = { untilMaxMs: 7 * 86_400_000, seenWithinMaxMs: 30 * 86_400_000 } as const;

const POSITIONS_AT_ONCE = 2_000;
/** Inboxes in one transaction: an offer to one of these people waits as long as it lasts. */
const TOLD_AT_ONCE = 100;
/** That this node works on at the same time; more are left to the job. */
const AT_ONCE = 4;
const LOOKED_AT = 50;
const EVERY_MS = 2_000;

/**
 * Says something to everybody in an area. Whoever asks is answered once that is on durable storage; the inboxes follow
 * in batches. Every step can be repeated, so what a node leaves unfinished the job on another one goes on with.
 */
export class Broadcasts {
  readonly #options: BroadcastsOptions;
  readonly #receipts: BroadcastReceiptBook;
  readonly #working = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(options: BroadcastsOptions) {
    this.#options = options;
    this.#receipts = new BroadcastReceiptBook({
      ...options,
      write: (id, news) => options.store.receipts(id, news),
    });
  }

  /** Idempotent by the sender's id for it. */
  async send(
    by: { readonly userId: string },
    { id: commandId, ...order }: BroadcastOrder & { readonly id: string },
  ): Promise<Result<Broadcast, 'bad_request'>> {
    const area = areaOf(order.area);
    if (!area.ok) return area;
    const inMs = order.untilMs - this.#options.clock.nowMs();
    const { store, newId } = this.#options;
    const key = { actorId: by.userId, commandId, about: 'broadcast.send' };
    // One that comes again after its time is answered all the same.
    if (inMs > BROADCAST_LIMITS.untilMaxMs)
      return refused('bad_request', 'untilMs: more than seven days from now');
    const broadcast = await store.add(key, newId(), order);
    if (!broadcast) return refused('bad_request', 'id: it was given to another command before');
    this.#goOn(broadcast, area.value);
    return ok(broadcast);
  }

  async get(id: string): Promise<Result<Broadcast, 'not_found'>> {
    const broadcast = await this.#options.store.get(id);
    return broadcast ? ok(broadcast) : refused('not_found');
  }

  list(before: string | null, limit: number): Promise<readonly Broadcast[]> {
    return this.#options.store.list(before, limit);
  }

  /** Those who were told are told that it is over; whoever was not yet told never is. */
  async end(by: { readonly userId: string }, id: string): Promise<Result<Broadcast, 'not_found'>> {
    const broadcast = await this.#options.store.end(id, by.userId);
    if (!broadcast) return refused('not_found');
    // Whoever works on it at this moment finds it ended; the end itself is told after them.
    void (this.#working.get(id) ?? Promise.resolve()).then(() => this.#goOn(broadcast));
    return ok(broadcast);
  }

  /** A device has it, or its person has looked at it. */
  received(userId: string, broadcastId: string, isSeen: boolean): void {
    this.#receipts.received(broadcastId, userId, isSeen);
  }

  /** Goes on with whatever is unfinished, whoever began it. */
  readonly job = {
    name: 'broadcasts',
    everyMs: EVERY_MS,
    run: async ({ signal }: { readonly signal: AbortSignal }) => {
      for (const broadcast of await this.#options.store.unfinished(LOOKED_AT)) {
        if (signal.aborted) return;
        await (this.#working.get(broadcast.broadcastId) ?? this.#goOn(broadcast));
      }
    },
  };

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#working.values());
  }

  #goOn(broadcast: Broadcast, area?: Area): Promise<void> | undefined {
    const { broadcastId: id } = broadcast;
    if (this.#stopped || this.#working.has(id) || this.#working.size >= AT_ONCE) return undefined;
    const work = this.#carryOut(broadcast, area)
      .catch((error: unknown) => {
        const { log, metrics } = this.#options;
        metrics.count('broadcasts_interrupted_total');
        log.warn(
          { broadcastId: id, ...errorFields(error) },
          'a broadcast was interrupted; it is gone on with',
        );
      })
      .finally(() => this.#working.delete(id));
    this.#working.set(id, work);
    return work;
  }

  async #carryOut(broadcast: Broadcast, area: Area | undefined): Promise<void> {
    const { store } = this.#options;
    const { broadcastId: id, state } = broadcast;
    if (state === 'choosing') await this.#choose(broadcast, area);
    if (state === 'choosing' || state === 'sending')
      await this.#each((after) => store.tell(id, after, TOLD_AT_ONCE));
    if (state === 'ending') await this.#each((after) => store.tellEnd(id, after, TOLD_AT_ONCE));
  }

  async #choose(broadcast: Broadcast, known: Area | undefined): Promise<void> {
    const { positions, store } = this.#options;
    const { broadcastId: id, seenWithinMs } = broadcast;
    const area = known ?? readArea(broadcast.area);
    let after: string | null = null;
    while (area && !this.#stopped) {
      const page: readonly PersonAt[] = await positions.within(
        { ...area, seenWithinMs },
        after,
        POSITIONS_AT_ONCE,
      );
      const chosen = page.filter((seen) => area.has(seen) && this.#isMeant(broadcast, seen.userId));
      if (chosen.length > 0)
        await store.addRecipients(
          id,
          chosen.map(({ userId }) => userId),
        );
      after = page.at(-1)?.userId ?? null;
      if (page.length < POSITIONS_AT_ONCE) break;
    }
    if (!this.#stopped) await store.chosen(id);
  }

  #isMeant({ audience, onDutyOnly }: Broadcast, userId: string): boolean {
    const responder = this.#options.roster.get(userId);
    if (!responder?.verified) return audience === 'everybody';
    if (!onDutyOnly) return true;
    const { available, duty } = responder;
    return available && (!duty || dutyReason(duty, null, this.#options.clock.nowMs()) === null);
  }

  async #each(step: (afterUserId: string | null) => Promise<Step>): Promise<void> {
    let after: string | null = null;
    do {
      const { events, afterUserId }: Step = await step(after);
      for (const event of events) this.#options.publish(event);
      this.#options.metrics.count('broadcasts_told_total', {}, events.length);
      after = afterUserId;
    } while (after !== null && !this.#stopped);
  }
}

/** Null: a masked copy of a database has lost it. */
function readArea(shape: Broadcast['area']): Area | null {
  if (!('cells' in shape) && !('type' in shape)) return null;
  const area = areaOf(shape);
  return area.ok ? area.value : null;
}
