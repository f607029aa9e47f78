import { after } from './after.ts';
import { closing, idsOf, promotion } from './answers.ts';
import type { Surroundings } from './commands.ts';
import { holdEnds } from './dispatcher.ts';
import type { SosEvent } from './events.ts';
import {
  awaitedOffers,
  emptySlots,
  type HeldSlot,
  heldSlots,
  isOpen,
  isPrimaryUnderWay,
  isSeeking,
  nextSlotNumber,
  type Offer,
  openOffers,
  reserves,
  type SosState,
} from './state.ts';
import { climb, nextRung, nextWave, replacement } from './waves.ts';

const DRILL_ENDS_AFTER_MS = 7_200_000;

/**
 * Everything that has fallen due by now, and nothing else: offers without an answer end, a hold runs out, holders who do
 * not move are asked and made up for, the ladder is climbed, who can't be reached is made up for, silence is answered with
 * the next wave. Twice is harmless.
 */
export function tick(state: SosState, around: Surroundings): SosEvent[] {
  if (!isOpen(state)) return [];
  const steps = [
    endDrill,
    endOffers,
    endHold,
    watchHolders,
    promotion,
    climbInTime,
    passOnUnreached,
    answerSilence,
  ];
  const events: SosEvent[] = [];
  let now = state;
  for (const step of steps) {
    const more = isOpen(now) ? step(now, around) : [];
    events.push(...more);
    now = after(now, more, around.nowMs);
  }
  return events;
}

function endOffers(state: SosState, { nowMs }: Surroundings): SosEvent[] {
  const expired = openOffers(state).filter((offer) => offer.expiresAtMs <= nowMs);
  if (expired.length === 0) return [];
  return [{ type: 'sos.offers_expired', data: { offerIds: expired.map((offer) => offer.id) } }];
}

/** Nobody's device says that it has the offer: it stands for a late yes, and somebody else is asked at once. */
function passOnUnreached(state: SosState, around: Surroundings): SosEvent[] {
  if (!isSeeking(state)) return [];
  const silent = openOffers(state).filter(
    (offer) => (unreachedDueMs(state, offer) ?? Infinity) <= around.nowMs,
  );
  if (silent.length === 0) return [];
  const unreached: SosEvent = { type: 'sos.offers_unreached', data: { offerIds: idsOf(silent) } };
  return [unreached, ...replacement(after(state, [unreached], around.nowMs), around, silent.length)];
}

/** When an offer counts as unreached; null: a device has it, or it counts so already. */
function unreachedDueMs({ rule }: SosState, offer: Offer): number | null {
  const isSettled = offer.deliveredAtMs !== null || offer.unreachedAtMs !== null;
  return isSettled ? null : offer.sentAtMs + rule.unreachableAfterMs;
}

function endHold(state: SosState, around: Surroundings): SosEvent[] {
  const { holdUntilMs } = state;
  return holdUntilMs !== null && holdUntilMs <= around.nowMs ? holdEnds(state, around) : [];
}

/** Accepted and not on the way: first they are asked, then one more is sought. They keep their slot: they may be running. */
function watchHolders(state: SosState, { nowMs }: Surroundings): SosEvent[] {
  const still = heldSlots(state).filter(
    (held) => (watchedUntilMs(state, held) ?? Number.POSITIVE_INFINITY) <= nowMs,
  );
  const nudged = still
    .filter(({ holder }) => holder.nudgedAtMs === null)
    .map(
      ({ slot, holder }): SosEvent => ({
        type: 'sos.holder_nudged',
        data: { responderId: holder.responderId, slot },
      }),
    );
  const madeUpFor = still
    .filter(({ holder }) => holder.nudgedAtMs !== null)
    .map(
      ({ slot: behind, skills }, i): SosEvent => ({
        type: 'sos.slot_added',
        data: { slot: nextSlotNumber(state) + i, role: 'SUPPORT', skills, behind },
      }),
    );
  return [...nudged, ...madeUpFor];
}

/** When a holder has to be looked at again; null: they are on the way, or made up for. */
function watchedUntilMs(state: SosState, { slot, holder }: HeldSlot): number | null {
  if (holder.departedAtMs !== null || state.slots.some(({ behind }) => behind === slot)) return null;
  return holder.nudgedAtMs === null
    ? holder.heldAtMs + state.rule.noMovementMs
    : holder.nudgedAtMs + state.rule.nudgeGraceMs;
}

function climbInTime(state: SosState, around: Surroundings): SosEvent[] {
  const dueMs = rungDueMs(state);
  if (dueMs === null || dueMs > around.nowMs) return [];
  const climbed = climb(state, around, 'no_answer');
  if (!climbed) return [];
  const next = after(state, [climbed], around.nowMs);
  // A rung that reaches more people is of use at once; the others change nothing about who can be asked.
  const reachesMore = climbed.type === 'sos.escalated' && 'alertsMore' in (nextRung(state) ?? {});
  return [climbed, ...(reachesMore ? nextWave(next, around) : [])];
}

/** The ladder is climbed while no primary is under way; a drill of one's own alarms nobody else. */
function rungDueMs(state: SosState): number | null {
  const rung = nextRung(state);
  if (!rung || !isSeeking(state) || isPrimaryUnderWay(state) || state.drillFor !== null) return null;
  return state.seekingSinceMs + rung.afterMs;
}

function answerSilence(state: SosState, around: Surroundings): SosEvent[] {
  if (!isSeeking(state)) return [];
  const silent = state.nextWaveAtMs !== null && state.nextWaveAtMs <= around.nowMs;
  const nobodyAsked = state.status === 'PENDING' && awaitedOffers(state).length === 0;
  return silent || nobodyAsked ? nextWave(state, around) : [];
}

/**
 * When somebody must look at this SOS again, or null while it is in somebody's hands or closed (invariant 3). `nowMs` is
 * the moment of the decision that led here: an SOS for which nobody was found is searched for again from then.
 */
export function dueAtMs(state: SosState, { nowMs }: Pick<Surroundings, 'nowMs'>): number | null {
  if (!isOpen(state)) return null;
  const { holdUntilMs } = state;
  const dues = [
    ...drillDues(state),
    ...watchDues(state),
    ...(holdUntilMs === null ? seekingDues(state, nowMs) : [holdUntilMs]),
  ];
  return dues.length === 0 ? null : Math.max(nowMs, Math.min(...dues));
}

/** A drill that nobody ends ends by itself. */
function endDrill(state: SosState, { nowMs }: Surroundings): SosEvent[] {
  if (!drillDues(state).some((dueMs) => dueMs <= nowMs)) return [];
  return [
    ...closing(idsOf([...openOffers(state), ...reserves(state)]), 'cancelled'),
    { type: 'sos.cancelled', data: { reason: 'drill_over', mergedInto: null } },
  ];
}

const drillDues = ({ isDrill, createdAtMs }: SosState): number[] =>
  isDrill ? [createdAtMs + DRILL_ENDS_AFTER_MS] : [];

function watchDues(state: SosState): number[] {
  return heldSlots(state).flatMap((held) => watchedUntilMs(state, held) ?? []);
}

function seekingDues(state: SosState, nowMs: number): number[] {
  if (emptySlots(state).length === 0) return [];
  const open = openOffers(state);
  const dues = open.map((offer) => offer.expiresAtMs);
  // One that has passed found nobody: the retry is next, and not the same search at once.
  if (state.nextWaveAtMs !== null && state.nextWaveAtMs > nowMs) dues.push(state.nextWaveAtMs);
  if (dues.length === 0) dues.push(nowMs + state.rule.retryMs);
  dues.push(...open.flatMap((offer) => unreachedDueMs(state, offer) ?? []));
  const rungMs = rungDueMs(state);
  return rungMs === null ? dues : [...dues, rungMs];
}
