import type { KeepOffers } from './dispatch/pg.ts';
import { silentOffers } from './dispatch/pg-silent-offers.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Site } from './node-site.ts';
import { pgDeliveries } from './notify/pg.ts';
import { type PushDesk, pushDesk } from './notify/push/desk.ts';
import { endpointRule } from './notify/push/endpoints.ts';
import { keepNoticePushes } from './notify/push/notices.ts';
import { keepPushes } from './notify/push/offers.ts';
import { pgSubscriptions } from './notify/push/pg-subscriptions.ts';
import { poster } from './notify/push/post.ts';
import { PUSHES_AT_ONCE, PushLine } from './notify/push/push-line.ts';
import { pushReceipts } from './notify/push/receipts.ts';
import { isPair, type VapidKeys } from './notify/push/vapid.ts';
import { webPush } from './notify/push/web-push.ts';
import type { Db, Tx } from './store/db.ts';

/** Longer than push services take, shorter than an offer lives. */
const WITHIN_MS = 3_000;

/** Web Push of this node. */
export interface Push {
  /** Written with offers; undefined: nobody is woken here. */
  readonly keepOffers?: KeepOffers;
  /** Written with what people are told; likewise. */
  readonly keepNotices?: (tx: Tx, notices: Parameters<typeof keepNoticePushes>[1]) => Promise<void>;
  desk(dispatch: Pick<Dispatch, 'received'>): PushDesk;
}

/** Throws a sentence when the keys do not belong together. */
export function buildPush(site: Site, db: Db): Push {
  const { config, log, newId } = site;
  const subscriptions = pgSubscriptions(db);
  const keys = keysOf(site);
  if (!keys) {
    log.info({}, 'Web Push is off, because MUSTER_VAPID_PUBLIC_KEY is not set: nobody is woken');
    return { desk: () => pushDesk({ subscriptions, newId, sending: null }) };
  }
  const origins = config.pushOrigins;
  const post = poster({ timeoutMs: WITHIN_MS, origins, atOnce: PUSHES_AT_ONCE });
  const receipts = pushReceipts(keys.privateKey);
  const line = new PushLine({
    ...site,
    log: log.named('push'),
    deliveries: pgDeliveries(db),
    subscriptions,
    stillSilent: silentOffers(db),
    send: webPush({ keys, clock: site.clock, origins, post }),
    receipts,
  });
  line.start();
  site.releasers.add('push', async () => {
    line.stop();
    post.close();
  });
  return {
    keepOffers: async (tx, sosId, offers) => {
      const pushed = offers.map((offer) => ({ sosId, ...offer }));
      if (await keepPushes(tx, pushed)) tx.afterCommit(() => line.soon());
    },
    keepNotices: async (tx, notices) => {
      if (await keepNoticePushes(tx, notices)) tx.afterCommit(() => void line.look());
    },
    desk: (dispatch) =>
      pushDesk({
        subscriptions,
        newId,
        sending: {
          receipts,
          mayGoTo: endpointRule(origins),
          received: ({ userId, sosId, offerId }) => dispatch.received({ userId }, sosId, offerId, false),
        },
      }),
  };
}

function keysOf({ config }: Site): VapidKeys | null {
  const { vapidPublicKey: publicKey, vapidPrivateKey: privateKey, vapidSubject: subject } = config;
  if (publicKey === null || privateKey === null || subject === null) return null;
  if (!isPair({ publicKey, privateKey }))
    throw new Error(
      'MUSTER_VAPID_PUBLIC_KEY and MUSTER_VAPID_PRIVATE_KEY are no pair: take both from push-keys.',
    );
  return { publicKey, privateKey, subject };
}
