import { whoIsTold } from './accounts/who-is-told.ts';
import type { Hub } from './fanout/hub.ts';
import { channelsOf } from './node-outside.ts';
import type { Push } from './node-push.ts';
import type { Site } from './node-site.ts';
import { noticesOf } from './notify/occasions.ts';
import { deliveryWriter } from './notify/pg.ts';
import { noticeWriter } from './notify/pg-notices.ts';
import type { RecordParts } from './records/types.ts';

/** Whoever has to be told of what happens to records, in the transaction of it. */
export function buildNotices(
  site: Site,
  { hub, push }: { readonly hub: Hub; readonly push: Pick<Push, 'keepNotices'> },
): NonNullable<RecordParts['tell']> {
  const { config, newId } = site;
  const channels = channelsOf(config);
  const write = noticeWriter({
    ...site,
    publicUrl: config.publicUrl,
    deliver: deliveryWriter(newId),
    reach: (tx, userIds) => whoIsTold(tx, channels).reach(userIds),
    async wake(tx, notices) {
      if (!push.keepNotices) return;
      const wanting = new Set(await whoIsTold(tx, []).toBeWoken(notices.map(({ userId }) => userId)));
      await push.keepNotices(
        tx,
        notices.filter(({ userId }) => wanting.has(userId)),
      );
    },
    publish: (event) => hub.publish(event),
  });
  return (tx, occasions) => write(tx, occasions.flatMap(noticesOf));
}
