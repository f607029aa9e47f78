import { fullJitterMs } from '../lib/backoff.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Random } from '../lib/random.ts';
import type { ClaimedHandOff, HandOffReceiver, HandOffRequest, HandOffStore } from './hand-off.ts';
import { isOpen, type SosState } from './machine/state.ts';
import type { Dispatch } from './service.ts';
import type { LogEvent } from './store.ts';

export interface HandOffsOptions {
  readonly store: HandOffStore;
  readonly dispatch: Pick<Dispatch, 'confirmHandOff' | 'known' | 'refresh'>;
  readonly receiver: HandOffReceiver;
  /** The number of somebody with an account, who gave no other to call back. */
  readonly phoneOf: (userId: string) => Promise<string | null>;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly publish: (event: LogEvent) => void;
}

const EVERY_MS = 1_000;
const AT_ONCE = 10;
/** One that a node took and did not finish is another's after this: longer than a receiver may take. */
const LEASE_MS = 30_000;
const RETRY_BASE_MS = 2_000;
const RETRY_CAP_MS = 60_000;
const WAITING_LOOKED_AT = 1_000;

/**
 * Tells an external service of every SOS whose ladder has come to the hand-off. It is `confirmed` only once the service
 * itself has answered with a reference; until then it stays `needed`, is tried again for as long as the SOS is open, and
 * dispatchers hear that it is failing.
 */
export function handOffsJob(options: HandOffsOptions) {
  const { dispatch, log, metrics, phoneOf, publish, random, receiver, store } = options;
  return {
    name: 'hand_offs',
    everyMs: EVERY_MS,
    async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
      for (let claimed = AT_ONCE; claimed === AT_ONCE && !signal.aborted; ) {
        const due = await store.claim(AT_ONCE, LEASE_MS);
        claimed = due.length;
        await Promise.all(due.map((handOff) => carryOut(handOff)));
      }
      metrics.gauge('hand_offs_waiting', (await store.waiting(WAITING_LOOKED_AT)).length);
    },
  };

  async function carryOut(handOff: ClaimedHandOff): Promise<void> {
    const { handOffId, sosId, attempts } = handOff;
    try {
      await dispatch.refresh(sosId);
      const state = dispatch.known.get(sosId);
      const needless = state ? whyNeedless(state) : 'gone';
      if (!state || needless) return await settle(handOff, needless);
      const { reference } = await receiver.tell(await requestOf(handOffId, state));
      const confirmed = await dispatch.confirmHandOff(sosId, handOffId, {
        service: receiver.service,
        reference,
      });
      // Closed meanwhile: the service may be on its way all the same, and somebody has to know.
      if (!confirmed.ok && confirmed.code === 'sos_closed') {
        log.warn({ sosId, handOffId }, 'an external service took over an SOS that is closed meanwhile');
        return await settle(handOff, 'closed_meanwhile');
      }
      if (!confirmed.ok) throw Object.assign(new Error('not recorded'), { code: confirmed.code });
      await settle(handOff, null);
    } catch (error) {
      const { code, error: name } = errorFields(error);
      metrics.count('hand_offs_total', { outcome: 'failed' });
      log.warn(
        { sosId, handOffId, attempts, ...errorFields(error) },
        'a hand-off was not taken; it is tried again',
      );
      const waitMs = RETRY_BASE_MS + fullJitterMs(attempts, RETRY_BASE_MS, RETRY_CAP_MS, random);
      for (const event of await store.putOff(handOff, waitMs, String(code ?? name))) publish(event);
    }
  }

  async function settle(handOff: ClaimedHandOff, code: string | null): Promise<void> {
    await store.finish(handOff, code);
    metrics.count('hand_offs_total', { outcome: code ?? 'confirmed' });
  }

  async function requestOf(handOffId: string, state: SosState): Promise<HandOffRequest> {
    const { requesterId, callbackNumber } = state;
    return {
      handOffId,
      sosId: state.id,
      emergencyType: state.emergencyType,
      priority: state.priority,
      point: state.point,
      addressText: state.addressText,
      callbackNumber: callbackNumber ?? (requesterId === null ? null : await phoneOf(requesterId)),
      description: state.description,
      raisedAtMs: state.createdAtMs,
    };
  }
}

/** A second call about the same emergency keeps others waiting. */
function whyNeedless(state: SosState): string | null {
  if (!isOpen(state)) return 'closed';
  return state.handOff === 'needed' ? null : `already_${state.handOff}`;
}
