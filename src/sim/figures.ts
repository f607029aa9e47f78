import type { Ledger } from './ledger.ts';

/** What happened in a run, as one side tells it: the clients, or the database. */
export interface Figures {
  readonly sos: number;
  readonly offers: number;
  readonly accepts: number;
  readonly declines: number;
  /** Offers that ran out and were not answered afterwards either. */
  readonly expiries: number;
  readonly withdrawals: number;
  readonly escalations: number;
  readonly resolved: number;
  readonly cancelled: number;
  readonly open: number;
  readonly messages: number;
  /** Acknowledged to the devices; in the database: stored or counted as refused. */
  readonly fixes: number;
}

/** What the clients saw. */
export function figuresSeen(ledger: Ledger, acknowledgedFixes: number): Figures {
  const count = (type: string) => ledger.sosEvents(type).length;
  const [resolved, cancelled] = [count('sos.resolved'), count('sos.cancelled')];
  const sos = ledger.sosIds.length;
  return {
    sos,
    offers: ledger.inboxEvents('offer.sent').length,
    accepts: count('sos.accepted'),
    declines: count('sos.offer_declined'),
    expiries: expiredUnanswered(ledger),
    withdrawals: count('sos.withdrawn'),
    escalations: count('sos.escalated'),
    resolved,
    cancelled,
    open: sos - resolved - cancelled,
    messages: ledger.messages(),
    fixes: acknowledgedFixes,
  };
}

/**
 * The figures that the two sides don't agree on. Fixes are left to a closer look: what was stored and whose
 * acknowledgement was lost on the way is no disagreement.
 */
export function disagreements(seen: Figures, stored: Figures): (keyof Figures)[] {
  const names = Object.keys(seen) as (keyof Figures)[];
  return names.filter((name) => name !== 'fixes' && seen[name] !== stored[name]);
}

/** An offer may still be answered after it expired; then it counts as answered. */
function expiredUnanswered(ledger: Ledger): number {
  const expired = ledger.sosEvents('sos.offers_expired').flatMap(({ data }) => data.offerIds as string[]);
  const answers = ['sos.accepted', 'sos.reserve_joined', 'sos.offer_declined'].flatMap((type) =>
    ledger.sosEvents(type),
  );
  const answered = new Set(answers.map(({ data }) => data.offerId));
  return expired.filter((offerId) => !answered.has(offerId)).length;
}
