import { fullJitterMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import type { Claimed, Deliveries } from '../pg.ts';
import type { PushedNotice } from './notices.ts';
import { PUSH_AFTER_MS, type PushedOffer } from './offers.ts';
import type { Subscriptions } from './pg-subscriptions.ts';
import { PushNotTaken } from './post.ts';
import type { PushReceipts } from './receipts.ts';
import type { Browser, PushMessage } from './web-push.ts';

export interface PushLineOptions {
  readonly deliveries: Pick<Deliveries, 'claim' | 'finish' | 'putOff'>;
  readonly subscriptions: Pick<Subscriptions, 'byIds' | 'forget'>;
  /** Which of these offers are open and on no device of their person, as far as anybody has said. */
  readonly stillSilent: (offers: readonly PushedOffer[]) => Promise<ReadonlySet<string>>;
  /** Rejects with {@link PushNotTaken}. */
  readonly send: (browser: Browser, message: PushMessage) => Promise<void>;
  readonly receipts: PushReceipts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Messages under way at once; what is due beyond that waits in the store, and is counted. */
export const PUSHES_AT_ONCE = 20;
/** What the node that made an offer let slip is another's after this. */
const SWEEP_EVERY_MS = 2_000;
/** A message that a node took and did not finish is another's after this: longer than one may take. */
const LEASE_MS = 15_000;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 10_000;
/** The clock of the store and the timer here both count from the commit. */
const SLACK_MS = 25;
const CHANNEL = ['push'] as const;

type Waiting = Claimed<'push'>;

const isOffer = (what: PushedOffer | PushedNotice): what is PushedOffer => 'offerId' in what;

/**
 * Wakes browsers of people none of whose devices has said in time that it has an offer. The rows are claimed, so one node
 * sends, and another does when that one dies. That a push service has taken a message is an attempt; a receipt is what the
 * browser itself says.
 */
export class PushLine {
  readonly #options: PushLineOptions;
  #underWay = 0;
  #isLooking = false;
  #mustLookAgain = false;
  #isStopped = false;
  readonly #timers = new Set<() => void>();

  constructor(options: PushLineOptions) {
    this.#options = options;
  }

  start(): void {
    this.#later(SWEEP_EVERY_MS, () => void this.look().finally(() => this.start()));
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** Offers were sent just now: looked at again when their devices had their time. */
  soon(): void {
    this.#later(PUSH_AFTER_MS + SLACK_MS, () => void this.look());
  }

  /** Sends what is due, as long as there is room. Never rejects. */
  async look(): Promise<void> {
    this.#mustLookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { log, metrics } = this.#options;
    try {
      while (this.#mustLookAgain && !this.#isStopped) {
        this.#mustLookAgain = false;
        const room = PUSHES_AT_ONCE - this.#underWay;
        if (room === 0) {
          metrics.count('pushes_put_off');
          break;
        }
        const claimed = await this.#options.deliveries.claim(CHANNEL, room, LEASE_MS);
        await this.#begin(claimed);
        this.#mustLookAgain ||= claimed.length === room;
      }
    } catch (error) {
      log.warn(errorFields(error), 'pushes could not be looked for; they are later');
    } finally {
      this.#isLooking = false;
    }
  }

  async #begin(claimed: readonly Waiting[]): Promise<void> {
    if (claimed.length === 0) return;
    const { stillSilent, subscriptions } = this.#options;
    const pushed = new Map(
      claimed.map(({ id, body }) => [id, JSON.parse(body) as PushedOffer | PushedNotice]),
    );
    const offers = [...pushed.values()].filter(isOffer);
    const silent = offers.length === 0 ? new Set<string>() : await stillSilent(offers);
    const browsers = await subscriptions.byIds(claimed.map(({ recipient }) => recipient));
    for (const message of claimed) {
      const what = pushed.get(message.id);
      const browser = browsers.get(message.recipient);
      if (!what || (isOffer(what) && !silent.has(what.offerId))) this.#over(message, 'acknowledged');
      else if (browser) void this.#send(message, what, browser);
      else this.#over(message, 'gone');
    }
  }

  /** What a browser is sent: of an offer what to answer with, of anything else that it is there and no word of what. */
  #messageOf(what: PushedOffer | PushedNotice): PushMessage {
    const { clock, receipts } = this.#options;
    if (!isOffer(what)) {
      const { notificationId, expiresInMs } = what;
      const topic = notificationId.replaceAll('-', '');
      return { text: JSON.stringify({ notificationId }), ttlMs: expiresInMs, topic };
    }
    const { sosId, offerId, responderId: userId, expiresAtMs } = what;
    return {
      text: JSON.stringify({ offerId, expiresAtMs, receipt: receipts.write({ sosId, offerId, userId }) }),
      ttlMs: expiresAtMs - clock.nowMs(),
      topic: offerId.replaceAll('-', ''),
    };
  }

  async #send(message: Waiting, what: PushedOffer | PushedNotice, browser: Browser): Promise<void> {
    const { send, subscriptions } = this.#options;
    this.#underWay += 1;
    try {
      await send(browser, this.#messageOf(what));
      this.#over(message, 'taken');
    } catch (error) {
      this.#failed(message, error instanceof PushNotTaken ? error : new PushNotTaken('PUSH_FAILED'));
      if (error instanceof PushNotTaken && error.isGone)
        await subscriptions.forget(message.recipient).catch(() => {});
    } finally {
      this.#underWay -= 1;
      // Somebody may have found no room.
      if (this.#underWay === PUSHES_AT_ONCE - 1) void this.look();
    }
  }

  #failed({ id, attempts, ...message }: Waiting, error: PushNotTaken): void {
    const { deliveries, log, random } = this.#options;
    log.warn({ deliveryId: id, attempts, code: error.code }, 'a push was not taken');
    if (!error.isWorthAnother) {
      this.#over({ id, attempts, ...message }, error.isGone ? 'gone' : 'refused', error.code);
      return;
    }
    this.#options.metrics.count('pushes', { outcome: 'failed' });
    const waitMs =
      error.retryAfterMs ?? RETRY_BASE_MS + fullJitterMs(attempts, RETRY_BASE_MS, RETRY_CAP_MS, random);
    this.#noted(deliveries.putOff(id, waitMs, error.code));
    this.#later(waitMs + SLACK_MS, () => void this.look());
  }

  #over(
    { id }: Waiting,
    outcome: 'taken' | 'acknowledged' | 'gone' | 'refused',
    code: string = outcome,
  ): void {
    this.#options.metrics.count('pushes', { outcome });
    const isTaken = outcome === 'taken';
    this.#noted(this.#options.deliveries.finish(id, isTaken ? 'sent' : 'dead', isTaken ? null : code));
  }

  /** What is not noted is done once more when its lease is over; the topic makes it the same message. */
  #noted(done: Promise<unknown>): void {
    done.catch((error: unknown) =>
      this.#options.log.warn(errorFields(error), 'what became of a push could not be written'),
    );
  }

  #later(delayMs: number, act: () => void): void {
    if (this.#isStopped) return;
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }
}
