import type { AlertHistory } from './alert-history.ts';
import { duplicatesOf } from './duplicates.ts';
import type { KnownSos } from './known-sos.ts';
import type { Surroundings } from './machine/commands.ts';
import { explain, match } from './match.ts';
import type { Policy } from './policy.ts';
import { ONLY_UNASKED, type Roster } from './roster.ts';

export interface Seen {
  readonly roster: Roster;
  readonly history: AlertHistory;
  readonly known: KnownSos;
  readonly policy: Policy;
  readonly newId: () => string;
  /** This node's clock: freshness compares two readings of it, so the store's clock must not come in there. */
  readonly ownNowMs: number;
}

/** What a decision at `nowMs` of the store's clock may look at, as this node sees it. */
export function surroundingsOf(
  { roster, history, known, policy, newId, ownNowMs }: Seen,
  nowMs: number,
): Surroundings {
  const parts = { roster, history, nowMs: ownNowMs };
  return {
    nowMs,
    policy,
    newId,
    search: (search) => match(parts, search),
    explain: (search, candidates) => explain(parts, search, candidates),
    isEligible: (responderId, skills, { rule, drillFor }) => {
      const isOwnDrill = drillFor === responderId;
      const reason = roster.reasonUnfit(responderId, { skills, rule, isOwnDrill }, ownNowMs);
      return reason === null || ONLY_UNASKED.has(reason);
    },
    isQualified: (responderId, skills) => roster.isQualified(responderId, skills, ownNowMs),
    reasonAgainst: (responderId, skills, rule) =>
      roster.get(responderId) ? roster.reasonAgainst(responderId, { skills, rule }, ownNowMs) : 'unknown',
    holding: (responderId, isDrill) => roster.holding(responderId, isDrill),
    duplicatesOf: (point) => duplicatesOf(known.open(), point, nowMs),
  };
}
