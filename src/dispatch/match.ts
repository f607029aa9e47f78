import type { Candidate, Search } from './machine/commands.ts';
import { capabilityBit, expectedArrivalMs, type PolicyBody } from './policy.ts';
import { ELIGIBLE, type Roster } from './roster.ts';

/** People nearby whose exclusion is looked at one by one; the rest is only counted by the index. */
const EXPLAINED = 200;

export interface Match {
  readonly candidates: readonly Candidate[];
  readonly excluded: Readonly<Record<string, number>>;
}

/**
 * The people within the radius who can be asked, soonest expected arrival first. Every one of them has the same
 * turnout and speed, so that order is the order of distance. Freshness is judged here, by received time, because
 * it changes with time alone and so can't be a bit of the index.
 */
export function match(roster: Roster, policy: PolicyBody, search: Search, nowMs: number): Match {
  const candidates = nearestAskable(roster, policy, search, nowMs);
  const reachM = candidates.length === search.limit ? (candidates.at(-1)?.distanceM ?? 0) : search.radiusM;
  return { candidates, excluded: explain(roster, search, reachM, nowMs) };
}

function nearestAskable(roster: Roster, policy: PolicyBody, search: Search, nowMs: number): Candidate[] {
  const { lat, lng } = search.point;
  const query = {
    lat,
    lng,
    radiusM: search.radiusM,
    skills: capabilityBit(search.emergencyType),
    flags: ELIGIBLE,
  };
  // Some of the nearest may have been asked already or have gone stale: ask the index for more until it has no more.
  for (let limit = search.limit + search.not.size; ; limit *= 4) {
    const found = roster.index.nearest({ ...query, limit });
    const candidates: Candidate[] = [];
    for (let i = 0; i < found.count && candidates.length < search.limit; i++) {
      const responderId = roster.index.idOf(found.slots[i] as number);
      if (search.not.has(responderId)) continue;
      if (roster.reasonAgainst(responderId, search.emergencyType, nowMs) !== null) continue;
      const distanceM = Math.round((found.distancesM[i] as number) * 10) / 10;
      candidates.push({ responderId, distanceM, etaMs: expectedArrivalMs(distanceM, policy) });
    }
    if (candidates.length === search.limit || found.count < limit) return candidates;
  }
}

function explain(roster: Roster, search: Search, reachM: number, nowMs: number): Record<string, number> {
  const excluded: Record<string, number> = {};
  const count = (reason: string) => {
    excluded[reason] = (excluded[reason] ?? 0) + 1;
  };
  let seen = 0;
  roster.index.walk(search.point.lat, search.point.lng, reachM, (slot) => {
    seen += 1;
    const responderId = roster.index.idOf(slot);
    if (search.not.has(responderId)) count('asked_before');
    else {
      const reason = roster.reasonAgainst(responderId, search.emergencyType, nowMs);
      if (reason) count(reason);
    }
    return seen < EXPLAINED;
  });
  return excluded;
}
