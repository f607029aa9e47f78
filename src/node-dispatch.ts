import { may } from './access/may.ts';
import type { Accounts } from './accounts/types.ts';
import type { Dispatch } from './dispatch/service.ts';
import { dispatcherSosView } from './dispatch/view.ts';
import type { Disclosures } from './fanout/types.ts';
import type { Services } from './gateway/services.ts';
import { refused } from './lib/result.ts';

const POLICIES_SHOWN = 100;

/** Grants are read at the moment of each command, not taken from the token. */
export function commandsOf(
  dispatch: Dispatch,
  grantsOf: Accounts['grantsOf'],
  disclosures: Disclosures,
): Pick<Services['dispatch'], 'execute' | 'received' | 'policy' | 'policyHistory' | 'setPolicy'> {
  const isForDispatchers = async (ownerId: string | undefined) =>
    ownerId === undefined || (await grantsOf(ownerId)).includes('dispatcher');
  return {
    async execute({ userId, deviceId }, command, receivedAtMs) {
      const grants = await grantsOf(userId);
      const isDispatcher = deviceId === undefined && grants.includes('dispatcher');
      if (command[0] === 'sos.take_over' && !(await isForDispatchers(command[1].ownerId)))
        return refused('bad_request', 'ownerId: is no dispatcher');
      const { current, ...answer } = await dispatch.execute({ userId, isDispatcher }, command, receivedAtMs);
      if (!isDispatcher || !current) return answer;
      if (current.requesterId) disclosures.saw({ userId, isDispatcher }, current.requesterId, current.id);
      return { ...answer, current: dispatcherSosView(current) };
    },
    received: ({ userId }, { sosId, offerId, isSeen }) =>
      dispatch.received({ userId }, sosId, offerId, isSeen),
    policyHistory: () => dispatch.policies.history(POLICIES_SHOWN),
    policy: () => dispatch.policy,
    async setPolicy(by, body) {
      const grants = await grantsOf(by.userId);
      return may({ grants }, 'change', 'policy').allowed
        ? dispatch.policies.set(by, body)
        : refused('forbidden');
    },
  };
}
