import { may } from './access/may.ts';
import type { Grant } from './accounts/types.ts';
import type { Answered } from './dispatch/answered.ts';
import type { DispatchOptions } from './dispatch/options.ts';
import { sosOf } from './dispatch/person-command.ts';
import { isAway } from './dispatch/provisional/away.ts';
import { RosterWriter } from './dispatch/roster-writer.ts';
import { Dispatch } from './dispatch/service.ts';
import type { DispatchStore } from './dispatch/store.ts';
import { dispatcherSosView } from './dispatch/view.ts';
import type { Hub } from './fanout/hub.ts';
import type { Disclosures } from './fanout/types.ts';
import type { Services } from './gateway/services.ts';
import { refused } from './lib/result.ts';
import type { Deciders } from './node-deciders.ts';
import type { Outage } from './node-provisional.ts';
import type { Site } from './node-site.ts';

const POLICIES_SHOWN = 100;
const NOBODY = '';

export async function buildDispatch(
  site: Site,
  { store, has, isStored, behind }: Pick<Outage, 'store' | 'has' | 'isStored' | 'behind'>,
  hub: Hub,
  told: Pick<DispatchOptions, 'locate' | 'onSpam'>,
): Promise<Dispatch> {
  const dispatch = await Dispatch.open({
    ...site,
    store,
    log: site.log.named('dispatch'),
    publish: (event) => hub.publish(event),
    isProvisional: has,
    onStored: isStored,
    behind: (sosId) => behind(sosId, NOBODY),
    publishProvisional: (event) => hub.foretell(event),
    ...told,
  });
  site.releasers.add('dispatch', () => dispatch.stop());
  return dispatch;
}

export function startRosterWriter(site: Site, { roster }: Dispatch, store: DispatchStore): void {
  const writer = new RosterWriter({ ...site, roster, store, log: site.log.named('dispatch') });
  roster.onChange((userId, where) => {
    // What was heard of another node is that node's to write.
    if (where === 'here') writer.changed(userId);
  });
  writer.start();
  site.releasers.add('roster writer', () => writer.stop());
}

/** So often somebody is asked: a node that is, and another one when that one finds that it has no store either. */
const ASKED_MAX = 4;

/** By the node whose turn it is. `elsewhere` answers null: it is this one's, or nobody else could say. */
export async function whereItIsDecided<T>(
  elsewhere: () => Promise<T | null>,
  here: () => Promise<T>,
): Promise<T> {
  for (let asked = 1; ; asked++) {
    const answered = await elsewhere();
    if (answered !== null) return answered;
    try {
      return await here();
    } catch (error) {
      // The store was found away just now, and it may be another node's turn.
      if (!isAway(error) || asked >= ASKED_MAX) throw error;
    }
  }
}

export interface CommandsParts {
  readonly grantsOf: (userId: string, fromToken: readonly Grant[]) => Promise<readonly Grant[]>;
  readonly deciders: Pick<Deciders, 'ask'>;
  readonly outage: Pick<Outage, 'behind'>;
  readonly disclosures: Disclosures;
}

/** Grants are read at the moment of each command; the token is asked only while they can't be. */
export function commandsOf(
  dispatch: Dispatch,
  { grantsOf, deciders, outage, disclosures }: CommandsParts,
): Pick<Services['dispatch'], 'execute' | 'received' | 'policy' | 'policyHistory' | 'setPolicy'> {
  const isForDispatchers = async (ownerId: string | undefined) =>
    ownerId === undefined || (await grantsOf(ownerId, [])).includes('dispatcher');
  return {
    async execute({ userId, deviceId, grants: fromToken }, command, receivedAtMs) {
      const grants = await grantsOf(userId, fromToken);
      const isDispatcher = deviceId === undefined && grants.includes('dispatcher');
      if (command[0] === 'sos.take_over' && !(await isForDispatchers(command[1].ownerId)))
        return refused('bad_request', 'ownerId: is no dispatcher');
      const by = { userId, isDispatcher };
      const { current, ...answer } = await whereItIsDecided(
        () => deciders.ask(by, command, receivedAtMs) as Promise<Answered | null>,
        async () => {
          await outage.behind(sosOf(command), userId);
          return dispatch.execute(by, command, receivedAtMs);
        },
      );
      if (!isDispatcher || !current) return answer;
      if (current.requesterId) disclosures.saw({ userId, isDispatcher }, current.requesterId, current.id);
      return { ...answer, current: dispatcherSosView(current) };
    },
    received: ({ userId }, { sosId, offerId, isSeen }) =>
      dispatch.received({ userId }, sosId, offerId, isSeen),
    policyHistory: () => dispatch.policies.history(POLICIES_SHOWN),
    policy: () => dispatch.policy,
    async setPolicy(by, body) {
      const grants = await grantsOf(by.userId, []);
      return may({ grants }, 'change', 'policy').allowed
        ? dispatch.policies.set(by, body)
        : refused('forbidden');
    },
  };
}
