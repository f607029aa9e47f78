import type { OpenedAccounts } from './accounts/accounts.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Hub } from './fanout/hub.ts';
import { RecentLog } from './fanout/recent-log.ts';
import type { LogEvent } from './fanout/types.ts';
import type { Services } from './gateway/services.ts';
import { splitStream } from './journal/event-log.ts';
import { startTail, type Tail } from './journal/tail.ts';
import type { Site } from './node-site.ts';
import type { Db } from './store/db.ts';
import { snapshotOf } from './store/snapshot.ts';

const TAIL_EVERY_MS = 1_000;

interface LogParts {
  /** Where Redis is not, an SOS comes here from another node by this, so it stands behind no list. */
  readonly db: Db;
  readonly dispatch: Dispatch;
  readonly hub: Hub;
  /** The moment from which on nothing may be missed. */
  readonly from: string;
}

/** Reads the log on from one moment, and keeps the end of it at hand for those who come back. */
export async function followLog(
  site: Site,
  { db, dispatch, hub, from }: LogParts,
): Promise<{ tail: Tail; recent: RecentLog }> {
  const recent = new RecentLog(site.clock, snapshotOf(from));
  hub.watchAll((event) => recent.take(event));
  const tail = await startTail({
    ...site,
    db,
    log: site.log.named('journal'),
    everyMs: TAIL_EVERY_MS,
    from,
    report: site.engines.reporter('store'),
    looks: recent,
    onEvent: (event) => followEvent(dispatch, hub, event),
  });
  site.releasers.add('tail', () => tail.stop());
  return { tail, recent };
}

/** An event of the log. Who may see it is decided by the state that it led to, so the state comes first. */
export async function followEvent(dispatch: Dispatch, hub: Hub, event: LogEvent): Promise<void> {
  const { kind, id } = splitStream(event.stream);
  if (kind === 'sos') await dispatch.follow(id, event);
  else if (kind === 'chat') dispatch.heardChat(event);
  hub.deliver(event);
}

/** How people come back to this node without being looked up. */
export function buildResumes(
  { resumeTokens }: OpenedAccounts,
  { roster, known }: Dispatch,
  recent: RecentLog,
): Services['resumes'] {
  return {
    give: (principal, facts) => resumeTokens.give(principal, { ...facts, logXid: recent.knownXid }),
    take: (token) => resumeTokens.take(token),
    isInSos: (userId) => roster.holding(userId) !== null || known.hasOpen(userId),
  };
}
