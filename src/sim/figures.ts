import type { JudgedEvent } from './judge.ts';
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

/** What is told by nothing but the events of the SOS. */
type ToldByEvents = Omit<Figures, 'sos' | 'offers' | 'messages' | 'fixes'>;

/** What the clients saw. */
export function figuresSeen(ledger: Ledger, acknowledgedFixes: number): Figures {
  const sos = ledger.sosIds.length;
  const events = ledger.sosIds.flatMap((sosId) => ledger.eventsOf(sosId));
  return {
    sos,
    offers: ledger.inboxEvents('offer.sent').length,
    ...figuresOf(events, sos),
    messages: ledger.messages(),
    fixes: acknowledgedFixes,
  };
}

/** What the events of so many SOS tell, in any order: the same count for both sides. */
export function figuresOf(events: readonly JudgedEvent[], sos: number): ToldByEvents {
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const [resolved, cancelled] = [count('sos.resolved'), count('sos.cancelled')];
  return {
    accepts: count('sos.accepted'),
    declines: count('sos.offer_declined'),
    expiries: expiredUnanswered(events),
    withdrawals: count('sos.withdrawn'),
    escalations: count('sos.escalated'),
    resolved,
    cancelled,
    open: sos - resolved - cancelled,
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

const ANSWERS: ReadonlySet<string> = new Set(['sos.accepted', 'sos.reserve_joined', 'sos.offer_declined']);

/** How many offers expired and stayed so. One may still be answered after it expired; then it counts as answered. */
export function expiredUnanswered(events: readonly JudgedEvent[]): number {
  const expired = events
    .filter(({ type }) => type === 'sos.offers_expired')
    .flatMap(({ data }) => data.offerIds as string[]);
  const answered = new Set(events.filter(({ type }) => ANSWERS.has(type)).map(({ data }) => data.offerId));
  return expired.filter((offerId) => !answered.has(offerId)).length;
}
