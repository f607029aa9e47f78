import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Random } from '../lib/random.ts';
import type { Db } from '../store/db.ts';
import { type Claimed, pgDeliveries } from './pg.ts';
import { CHANNELS, type Notifiers } from './types.ts';

const EVERY_MS = 2_000;
const AT_ONCE = 10;
/** A message that a node took and did not finish is another's after this: longer than a notifier may take. */
const LEASE_MS = 60_000;
const RETRY_BASE_MS = 5_000;
const RETRY_CAP_MS = 10 * 60_000;
export const ATTEMPTS_MAX = 10;
/** Sent by a line of its own, because seconds count. */
const HURRIED = ['push'];

/** The same shape as a job of the scheduler, which runs it on one node at a time. */
export interface DeliveryJob {
  readonly name: string;
  readonly everyMs: number;
  run(context: {
    readonly db: Db;
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/**
 * Sends what waits in `journal.deliveries`, at least once each: growing waits between the attempts, then given up as
 * dead. Without a notifier a channel's messages wait, and the operator is told once.
 */
export function deliveriesJob(notifiers: Notifiers, random: Random): DeliveryJob {
  const channels = CHANNELS.filter((channel) => notifiers[channel]);
  const told = new Set<string>();
  return {
    name: 'deliveries',
    everyMs: EVERY_MS,
    async run({ db, log, metrics, signal }) {
      const rows = pgDeliveries(db);
      const expired = await rows.expire();
      if (expired > 0) metrics.count('deliveries', { outcome: 'expired' }, expired);
      for (const { channel, waiting } of await rows.waiting([...channels, ...HURRIED])) {
        if (told.has(channel)) continue;
        told.add(channel);
        log.warn({ channel, waiting }, 'messages wait, because nothing is set up that could send them');
      }
      while (channels.length > 0 && !signal.aborted) {
        const claimed = await rows.claim(channels, AT_ONCE, LEASE_MS);
        await Promise.all(claimed.map((message) => deliver(message)));
        if (claimed.length < AT_ONCE) break;
      }

      async function deliver(message: Claimed): Promise<void> {
        const { id, channel, attempts } = message;
        try {
          await notifiers[channel]?.send(message);
        } catch (error) {
          const code = codeOf(error);
          const isLast = attempts >= ATTEMPTS_MAX;
          log.warn({ deliveryId: id, channel, attempts, ...errorFields(error) }, 'a message was not taken');
          metrics.count('deliveries', { outcome: isLast ? 'dead' : 'failed' });
          if (isLast) await rows.finish(id, 'dead', code);
          else await rows.putOff(id, waitMs(attempts, random), code);
          return;
        }
        metrics.count('deliveries', { outcome: 'sent' });
        await rows.finish(id, 'sent', null);
      }
    },
  };
}

const waitMs = (attempts: number, random: Random) =>
  RETRY_BASE_MS + fullJitterMs(attempts, RETRY_BASE_MS, RETRY_CAP_MS, random);

/** The error's code, else its class. Never its message, which can carry addresses. */
function codeOf(error: unknown): string {
  const { code, error: name } = errorFields(error);
  return String(code ?? name);
}
