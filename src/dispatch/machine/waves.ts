import type { Search, Surroundings } from './commands.ts';
import type { OfferSent, SosEvent } from './events.ts';
import { openOffers, type SosState } from './state.ts';

/**
 * The next wave: the ring grows until somebody is in it or it is as large as it may be. Nobody there and nobody
 * still asked: escalation, at once. Nobody there but somebody still asked: nothing, their answer or expiry is next.
 */
export function nextWave(state: SosState, around: Surroundings): SosEvent[] {
  const { policy, nowMs } = around;
  const { radiusStartM, radiusGrowth, radiusMaxM, waveTimerMs } = policy.body;
  let radiusM = state.radiusM === 0 ? radiusStartM : state.radiusM * radiusGrowth;
  for (;;) {
    radiusM = Math.min(radiusM, radiusMaxM);
    const found = around.search(searchFor(state, around, radiusM, policy.body.waveSize));
    if (found.candidates.length > 0) {
      return [
        {
          type: 'sos.wave_sent',
          data: {
            wave: state.wave + 1,
            radiusM,
            policyVersion: policy.version,
            offers: found.candidates.map((candidate) => offerTo(candidate, around)),
            excluded: found.excluded,
            nextWaveAtMs: nowMs + waveTimerMs,
          },
        },
      ];
    }
    if (radiusM >= radiusMaxM) return openOffers(state).length > 0 ? [] : nobodyLeft(state, around);
    radiusM *= radiusGrowth;
  }
}

/** Whether there is anybody at all, as far as the policy reaches, whom this SOS could be offered to. */
export function hasSomebodyToAsk(state: SosState, around: Surroundings): boolean {
  return around.search(searchFor(state, around, around.policy.body.radiusMaxM, 1)).candidates.length > 0;
}

/** One more person in place of somebody who said no; when there is none, the next wave. */
export function replacement(state: SosState, around: Surroundings): SosEvent[] {
  const { policy } = around;
  const radiusM = Math.max(state.radiusM, policy.body.radiusStartM);
  const found = around.search(searchFor(state, around, radiusM, 1));
  const [candidate] = found.candidates;
  if (!candidate) return nextWave(state, around);
  return [
    {
      type: 'sos.wave_sent',
      data: {
        wave: state.wave,
        radiusM,
        policyVersion: policy.version,
        offers: [offerTo(candidate, around)],
        excluded: found.excluded,
        nextWaveAtMs: state.nextWaveAtMs ?? around.nowMs + policy.body.waveTimerMs,
      },
    },
  ];
}

// An SOS that is escalated already says so once; it is searched for again without another event.
function nobodyLeft(state: SosState, around: Surroundings): SosEvent[] {
  if (state.status === 'ESCALATED') return [];
  return [
    {
      type: 'sos.escalated',
      data: {
        reason: 'nobody_left',
        level: state.escalationLevel + 1,
        nextWaveAtMs: around.nowMs + around.policy.body.escalatedRetryMs,
      },
    },
  ];
}

function searchFor(state: SosState, around: Surroundings, radiusM: number, wanted: number): Search {
  const alerted = state.offers.size;
  return {
    point: state.point,
    emergencyType: state.emergencyType,
    radiusM,
    limit: Math.max(0, Math.min(wanted, around.policy.body.alertsMax - alerted)),
    not: notToBeAsked(state),
  };
}

// Who was stood down through no choice of their own may be asked again when a slot reopens; who said no or did not
// answer may not.
function notToBeAsked(state: SosState): Set<string> {
  const not = new Set(state.declined);
  for (const offer of state.offers.values()) if (offer.status !== 'CLOSED') not.add(offer.responderId);
  if (state.requesterId) not.add(state.requesterId);
  return not;
}

function offerTo(
  candidate: { responderId: string; distanceM: number; etaMs: number },
  around: Surroundings,
): OfferSent {
  return {
    offerId: around.newId(),
    responderId: candidate.responderId,
    distanceM: candidate.distanceM,
    etaMs: candidate.etaMs,
    expiresAtMs: around.nowMs + around.policy.body.offerTtlMs,
  };
}
