import type { SosEvent } from '../machine/events.ts';
import { heldSlots, isHolder, isOpen, isRequester, type SosState } from '../machine/state.ts';
import type { Judge, Judged } from './judge.ts';
import type { Commit } from './memory-db.ts';
import type { SimNode } from './node.ts';
import { HEARSAY_MS, type Truth } from './truth.ts';

/** Who was asked before and may not be asked again: said no, did not answer, or is being asked. */
const NOT_AGAIN: readonly string[] = ['OPEN', 'EXPIRED', 'DECLINED'];
const PROFESSIONAL = ['MEDICAL_PROFESSIONAL'];
/** From a decision to its commit. */
const DECIDED_WITHIN_MS = 2_000;

/** Whether those asked could be asked at that moment (invariant 4), and whether whoever said no was made up for. */
export function judgeOffers(
  judged: readonly Judged[],
  commit: Commit,
  node: SimNode | undefined,
  { judge, truth }: { judge: Judge; truth: Truth },
): void {
  judged.forEach((one, i) => {
    const { type, data } = one.event as unknown as SosEvent;
    if (type === 'sos.wave_sent' && one.before) {
      for (const { responderId, fitsAll } of data.offers) {
        const why = whyNotAsked(one.before, responderId, fitsAll, node, judge, truth);
        if (why) judge.fault('4', `${responderId} is asked for ${one.before.id}: ${why}`);
      }
    }
    if (type === 'sos.accepted' && one.before) {
      const why = whyNotTaken(one.before, data, truth);
      if (why) judge.fault('4', `${data.responderId} accepted ${one.before.id}: ${why}`);
    }
    const isReplaced =
      type === 'sos.offer_declined' || (type === 'sos.offers_closed' && data.reason === 'busy');
    if (isReplaced && isSeeking(one.after) && wasOpen(one)) {
      const rest = judged.slice(i + 1).map(({ event }) => event.type);
      if (rest.includes('sos.wave_sent') || rest.includes('sos.holder_released')) return;
      const left = mustBeAskable(one.after, node, judge, truth);
      if (left)
        judge.fault(
          '4',
          `${commit.commandKey}: ${type} in ${one.after.id}, and ${left} is not asked instead`,
        );
    }
  });
}

function wasOpen({ event, before }: Judged): boolean {
  const ids = 'offerIds' in (event.data as object) ? (event.data as { offerIds: string[] }).offerIds : [];
  return event.type === 'sos.offer_declined' || ids.some((id) => before?.offers.get(id)?.status === 'OPEN');
}

const isSeeking = (state: SosState) =>
  isOpen(state) && state.holdUntilMs === null && state.slots.some(({ holder }) => holder === null);

function whyNotAsked(
  state: SosState,
  responderId: string,
  fitsAll: boolean,
  node: SimNode | undefined,
  judge: Judge,
  truth: Truth,
): string | null {
  if (!isSeeking(state)) return 'nobody is sought';
  if (state.declined.has(responderId)) return 'said no before';
  if (state.drillFor ? state.drillFor !== responderId : isRequester(state, responderId))
    return 'it is their own';
  if (isHolder(state, responderId)) return 'holds a slot of it';
  const offers = [...state.offers.values()].filter((offer) => offer.responderId === responderId);
  if (offers.some(({ status }) => NOT_AGAIN.includes(status))) return `was asked before`;
  const heldSince = judge.heldSince(responderId);
  // A node knows what was committed before its tail was last read to the end.
  if (node && heldSince !== undefined && heldSince < node.tailReadAtMs - DECIDED_WITHIN_MS)
    return 'holds another slot';
  const wanted = state.slots.filter(({ holder }) => holder === null).map(({ skills }) => skills);
  const skills = fitsAll ? PROFESSIONAL : wanted.some((list) => list.length === 0) ? [] : wanted.flat();
  const isOwnDrill = state.drillFor !== null;
  return truth.whyNeverLately(responderId, {
    skills,
    fixMaxAgeMs: state.rule.fixMaxAgeMs,
    needsAvailable: !isOwnDrill,
    needsFix: !isOwnDrill,
  });
}

function whyNotTaken(
  state: SosState,
  { responderId, slot, offerId }: { responderId: string; slot: number; offerId: string },
  truth: Truth,
): string | null {
  const wanted = state.slots.find((one) => one.slot === slot);
  const offer = state.offers.get(offerId);
  if (!wanted || !offer) return 'there is no such slot or offer';
  if (wanted.holder) return 'it is held';
  if (offer.responderId !== responderId) return 'it was not offered to them';
  if (offer.status === 'DECLINED') return 'they declined it';
  return truth.whyNeverLately(responderId, {
    skills: offer.fitsAll ? PROFESSIONAL : wanted.skills,
    fixMaxAgeMs: 0,
    needsAvailable: state.drillFor !== responderId,
    needsFix: false,
  });
}

/** Somebody whom every node knows as fit and near, and whom this SOS could still ask; null: nobody for certain. */
function mustBeAskable(
  state: SosState,
  node: SimNode | undefined,
  judge: Judge,
  truth: Truth,
): string | null {
  if (!node || state.drillFor !== null) return null;
  const oldEnough = node.bornAtMs + HEARSAY_MS + DECIDED_WITHIN_MS < judge.nowMs;
  const { rule } = state;
  if (!oldEnough || state.offers.size >= rule.alertsMax) return null;
  const skills = state.slots.filter(({ holder }) => holder === null).map((slot) => slot.skills);
  const wanted = skills.some((list) => list.length === 0) ? [] : skills.flat();
  const asked = new Set([...state.offers.values()].map((offer) => offer.responderId));
  const busy = new Set(
    [...judge.states()].flatMap((one) => heldSlots(one).map(({ holder }) => holder.responderId)),
  );
  const found = truth.ids().find(
    (id) =>
      !asked.has(id) &&
      node.hasLocated(id) &&
      !busy.has(id) &&
      !judge.heldLately(id) &&
      !state.declined.has(id) &&
      !isRequester(state, id) &&
      truth.isSurelyFit(id, {
        skills: wanted,
        fixMaxAgeMs: rule.fixMaxAgeMs,
        point: state.point,
        radiusM: rule.radiusMaxM,
      }),
  );
  return found ?? null;
}
