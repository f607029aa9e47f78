import type { Rung } from '../rule.ts';
import { after } from './after.ts';
import type { Found, Search, Surroundings } from './commands.ts';
import type { Candidate, OfferSent, SosEvent } from './events.ts';
import { awaitedOffers, emptySlots, heldSlots, isPrimaryUnderWay, reserves, type SosState } from './state.ts';

/** Runners-up that the record of a decision keeps, so that one can see how close it was. */
const RUNNERS_UP = 10;
/** Chances that add up to what is missing may miss it by the last bits of a double. */
const ROUNDING = 1e-9;
const PROFESSIONAL = ['MEDICAL_PROFESSIONAL'];

/** How far and among whom is searched, as far as the ladder has been climbed. */
interface Reach {
  readonly radiusMaxM: number;
  readonly skills: readonly string[];
  readonly fitsAll: boolean;
  readonly alertsMax: number;
}

/**
 * The next wave: the ring grows until somebody is in it or it is as large as it may be. Nobody there and nobody
 * still asked: the next rung of the ladder, at once, as long as no primary is under way. Nobody there but somebody still
 * asked: nothing, their answer or its end is next.
 */
export function nextWave(state: SosState, around: Surroundings): SosEvent[] {
  const wave = ringByRing(state, around);
  if (wave) return [wave];
  if (awaitedOffers(state).length > 0 || isPrimaryUnderWay(state)) return [];
  const climbed = climb(state, around, 'nobody_left');
  if (!climbed) return [];
  const next = after(state, [climbed], around.nowMs);
  return [climbed, ...nextWave(next, around)];
}

/**
 * The next rung of the ladder. When nobody is left to ask, the rungs up to the alarm of dispatchers are climbed at once;
 * what comes after it gives them their time. Null: there is none.
 */
export function climb(
  state: SosState,
  around: Surroundings,
  reason: 'nobody_left' | 'no_answer',
): SosEvent | null {
  const rung = nextRung(state);
  // A drill of one's own alarms nobody else.
  if (!rung || state.drillFor !== null) return null;
  if (reason === 'nobody_left' && isAlarmed(state)) return null;
  return {
    type: 'sos.escalated',
    data: {
      reason,
      step: rung.step,
      level: state.escalationLevel + 1,
      rungsClimbed: state.rungsClimbed + 1,
      nextWaveAtMs:
        reason === 'no_answer' && state.nextWaveAtMs !== null
          ? state.nextWaveAtMs
          : around.nowMs + state.rule.retryMs,
    },
  };
}

const isAlarmed = ({ rule, rungsClimbed }: SosState): boolean =>
  rule.ladder.slice(0, rungsClimbed).some(({ step }) => step === 'dispatchers');

export const nextRung = (state: SosState): Rung | undefined => state.rule.ladder[state.rungsClimbed];

/** Whether there is anybody at all, as far as the ladder has been climbed, whom this SOS could be offered to. */
export function hasSomebodyToAsk(state: SosState, around: Surroundings): boolean {
  return reachesOf(state).some(
    (reach) => around.search(searchFor(state, around, reach, reach.radiusMaxM, 1)).candidates.length > 0,
  );
}

/** So many more in place of those who said no or can't be reached; when there is nobody, the next wave. */
export function replacement(state: SosState, around: Surroundings, count = 1): SosEvent[] {
  const more = someMore(state, around, count, () => true);
  return more ? [more] : nextWave(state, around);
}

/** Somebody who has just said where they are, when they are the best to ask and sooner there than anybody asked. */
export function betterOne(state: SosState, around: Surroundings, responderId: string): SosEvent[] {
  const soonestMs = Math.min(
    ...awaitedOffers(state).map((offer) => offer.etaMs - (around.nowMs - offer.sentAtMs)),
  );
  const one = someMore(state, around, 1, (c) => c.responderId === responderId && c.etaMs < soonestMs);
  return one ? [one] : [];
}

function someMore(
  state: SosState,
  around: Surroundings,
  count: number,
  isWanted: (candidate: Candidate) => boolean,
): SosEvent | null {
  for (const reach of reachesOf(state)) {
    const radiusM = Math.min(Math.max(state.radiusM, state.rule.radiusStartM), reach.radiusMaxM);
    const search = searchFor(state, around, reach, radiusM, count);
    const match = around.search(search);
    const [candidate] = match.candidates;
    if (!candidate || !isWanted(candidate)) continue;
    const { nextWaveAtMs: planned } = state;
    const nextWaveAtMs =
      planned !== null && planned > around.nowMs ? planned : around.nowMs + state.rule.waveTimerMs;
    return sent(state, around, reach, {
      wave: Math.max(1, state.wave),
      radiusM,
      search,
      match,
      size: count,
      nextWaveAtMs,
    });
  }
  return null;
}

function ringByRing(state: SosState, around: Surroundings): SosEvent | null {
  const { rule } = state;
  for (const reach of reachesOf(state)) {
    // Who is asked as a professional is asked wherever they are.
    let radiusM = reach.fitsAll ? reach.radiusMaxM : state.radiusM * rule.radiusGrowth || rule.radiusStartM;
    for (;;) {
      radiusM = Math.min(radiusM, reach.radiusMaxM);
      const search = searchFor(state, around, reach, radiusM, rule.waveSizeMax);
      const match = around.search(search);
      const size = waveSize(state, match);
      if (size > 0) {
        const nextWaveAtMs = around.nowMs + rule.waveTimerMs;
        return sent(state, around, reach, {
          wave: state.wave + 1,
          radiusM,
          search,
          match,
          size,
          nextWaveAtMs,
        });
      }
      if (radiusM >= reach.radiusMaxM) break;
      radiusM *= rule.radiusGrowth;
    }
  }
  return null;
}

/**
 * So many that everybody wanted may be expected, those who are still asked counted in: the least n for which the chances
 * of the first n add up to what is missing.
 */
function waveSize(state: SosState, { candidates, scene }: Found): number {
  const { rule } = state;
  const most =
    scene.around >= rule.denseFrom ? Math.min(rule.denseWaveSizeMax, rule.waveSizeMax) : rule.waveSizeMax;
  const least = Math.min(rule.waveSizeMin, most);
  let missing = emptySlots(state).length;
  for (const offer of awaitedOffers(state)) missing -= offer.pArrive;
  let size = 0;
  for (const { pArrive } of candidates) {
    if (size >= most || (size >= least && missing <= ROUNDING)) break;
    missing -= pArrive;
    size += 1;
  }
  return size;
}

/** The first reach is what the slots want; the others are asked only where the ladder has come to them. */
function reachesOf(state: SosState): Reach[] {
  const { rule } = state;
  const climbed = rule.ladder.slice(0, state.rungsClimbed);
  const wanted = emptySlots(state).map(({ skills }) => skills);
  const skills = wanted.some((s) => s.length === 0) ? [] : [...new Set(wanted.flat())];
  const alertsMax = climbed.reduce(
    (sum, rung) => sum + ('alertsMore' in rung ? rung.alertsMore : 0),
    rule.alertsMax,
  );
  const wider = climbed.find((rung) => rung.step === 'wider_ring');
  const own: Reach = {
    radiusMaxM: wider ? Math.max(rule.radiusMaxM, wider.radiusMaxM) : rule.radiusMaxM,
    skills,
    fitsAll: false,
    alertsMax,
  };
  const professionals = climbed.find((rung) => rung.step === 'professionals');
  if (!professionals) return [own];
  return [own, { radiusMaxM: professionals.radiusMaxM, skills: PROFESSIONAL, fitsAll: true, alertsMax }];
}

function searchFor(
  state: SosState,
  around: Surroundings,
  reach: Reach,
  radiusM: number,
  wanted: number,
): Search {
  const left = Math.max(0, reach.alertsMax - state.offers.size);
  return {
    point: state.point,
    rule: state.rule,
    radiusM,
    limit: Math.min(wanted, left) === 0 ? 0 : Math.min(wanted + RUNNERS_UP, left),
    skills: reach.skills,
    not: notToBeAsked(state),
    // Who stands ready has said yes already: asked before everybody, wherever they are, and within no limit.
    first: reserves(state).map((offer) => offer.responderId),
    only: state.drillFor,
    nowMs: around.nowMs,
  };
}

// Who was stood down through no choice of their own may be asked again when a slot reopens; who said no or did not
// answer may not.
function notToBeAsked(state: SosState): Set<string> {
  const not = new Set(state.declined);
  for (const { status, responderId } of state.offers.values()) {
    if (status === 'OPEN' || status === 'EXPIRED' || status === 'DECLINED') not.add(responderId);
  }
  for (const { holder } of heldSlots(state)) not.add(holder.responderId);
  for (const id of state.joinedIds) not.add(id);
  if (state.requesterId && state.requesterId !== state.drillFor) not.add(state.requesterId);
  return not;
}

interface Wave {
  readonly wave: number;
  readonly radiusM: number;
  readonly search: Search;
  readonly match: Found;
  readonly size: number;
  readonly nextWaveAtMs: number;
}

function sent(state: SosState, around: Surroundings, reach: Reach, planned: Wave): SosEvent {
  const { match, size, search, ...wave } = planned;
  const { candidates } = match;
  const offers = candidates.slice(0, size).map((candidate): OfferSent => {
    const { responderId, distanceM, etaMs, pArrive } = candidate;
    return {
      offerId: around.newId(),
      responderId,
      distanceM,
      etaMs,
      pArrive,
      fitsAll: reach.fitsAll,
      expiresAtMs: around.nowMs + state.rule.offerTtlMs,
    };
  });
  return {
    type: 'sos.wave_sent',
    data: {
      ...wave,
      policyVersion: state.policyVersion,
      offers,
      match: {
        scene: match.scene,
        candidates: candidates.slice(0, size + RUNNERS_UP),
        ...around.explain(search, candidates),
      },
    },
  };
}

/** The first empty slot that somebody with this offer may fill. */
export function slotFor(
  state: SosState,
  fitsAll: boolean,
  isEligible: (skills: readonly string[]) => boolean,
) {
  return emptySlots(state).find(({ skills }) => isEligible(fitsAll ? PROFESSIONAL : skills)) ?? null;
}
