import type { History } from './arrival.ts';
import type { Offer, SosState } from './machine/state.ts';

const DAY_MS = 86_400_000;
const LONG_MS = 30 * DAY_MS;
const SHORT_MS = 7 * DAY_MS;
/** More alerts than that in 30 days change nothing: fairness has reached its limit long before. */
const MOST_KEPT = 200;

interface Kept {
  asked: number;
  accepted: number;
  alertsAtMs: number[];
  /** What was counted of each offer, of the newest ones. */
  readonly turns: Map<string, Turn>;
}

/** How far an offer has come, as far as it counts. */
interface Turn {
  readonly isAnswer: boolean;
  readonly isYes: boolean;
}

/** How people have answered and how often they were alerted, drills not counted: what ranking weighs them by. */
export class AlertHistory {
  readonly #kept = new Map<string, Kept>();

  /** What the store knows from before this node started. */
  load(responderId: string, past: { asked: number; accepted: number; alertsAtMs: readonly number[] }): void {
    const alertsAtMs = [...past.alertsAtMs].slice(-MOST_KEPT);
    this.#kept.set(responderId, { ...past, alertsAtMs, turns: new Map() });
  }

  of(responderId: string, nowMs: number): History {
    const kept = this.#kept.get(responderId);
    if (!kept) return NOTHING;
    const { alertsAtMs, asked, accepted } = kept;
    let alerts7 = 0;
    let alerts30 = 0;
    for (const atMs of alertsAtMs) {
      if (nowMs - atMs <= LONG_MS) alerts30 += 1;
      if (nowMs - atMs <= SHORT_MS) alerts7 += 1;
    }
    return { asked, accepted, alerts7, alerts30 };
  }

  /** Nothing is left of somebody who was erased. */
  forget(responderId: string): void {
    this.#kept.delete(responderId);
  }

  /**
   * What is new in a state of an SOS; the answer is who was alerted. What was before `sinceMs` stands in what was loaded. An SOS
   * comes by again as if it were new when it was forgotten, or was decided without the store: what was counted of it is known.
   */
  learn(before: SosState | null, state: SosState, sinceMs: number): string[] {
    const alerted: string[] = [];
    for (const offer of state.offers.values()) {
      const was = before?.offers.get(offer.id) ?? null;
      if (was === offer || (!was && offer.sentAtMs < sinceMs)) continue;
      if (this.changed(was, offer)) alerted.push(offer.responderId);
    }
    return alerted;
  }

  /** What has become of one offer; `was` null: it is new. Each turn is counted once. Answers whether it was not known. */
  changed(was: Offer | null, is: Offer): boolean {
    const kept = this.#keptOf(is.responderId);
    const before = kept.turns.get(is.id) ?? (was ? turnOf(was) : null);
    const now = turnOf(is);
    if (!before) {
      kept.alertsAtMs.push(is.sentAtMs);
      if (kept.alertsAtMs.length > MOST_KEPT) kept.alertsAtMs.shift();
    }
    if (now.isAnswer && !before?.isAnswer) kept.asked += 1;
    if (now.isYes && !before?.isYes) kept.accepted += 1;
    kept.turns.set(is.id, {
      isAnswer: now.isAnswer || before?.isAnswer === true,
      isYes: now.isYes || before?.isYes === true,
    });
    const oldest = kept.turns.size > MOST_KEPT ? kept.turns.keys().next().value : undefined;
    if (oldest !== undefined) kept.turns.delete(oldest);
    return before === null;
  }

  #keptOf(responderId: string): Kept {
    const known = this.#kept.get(responderId);
    if (known) return known;
    const kept: Kept = { asked: 0, accepted: 0, alertsAtMs: [], turns: new Map() };
    this.#kept.set(responderId, kept);
    return kept;
  }
}

/** An offer that ended because it was not needed says nothing about its person. */
const ANSWERS: ReadonlySet<Offer['status']> = new Set(['ACCEPTED', 'RESERVE', 'DECLINED', 'EXPIRED']);

const turnOf = ({ status }: Offer): Turn => ({
  isAnswer: ANSWERS.has(status),
  isYes: status === 'ACCEPTED' || status === 'RESERVE',
});

const NOTHING: History = { asked: 0, accepted: 0, alerts7: 0, alerts30: 0 };
