import { distanceM } from '../geo/lat-lng.ts';
import type { AlertHistory } from './alert-history.ts';
import { type ArrivalScene, arrivalOf, isNight, leastScoreMs } from './arrival.ts';
import type { Explanation, Found, Search } from './machine/commands.ts';
import type { Candidate, MatchRecord } from './machine/events.ts';
import { ELIGIBLE, type Exclusion, MOVING, ONLY_UNASKED, type Roster } from './roster.ts';
import { skillBits } from './skills.ts';

/** People nearby whose exclusion is recorded one by one; the rest is counted, up to so many in all. */
const EXPLAINED = 200;
const COUNTED = 2_000;
/** The circle whose responders say how dense a place is. */
const DENSITY_RADIUS_M = 1_000;
const FIRST_LOOK = 64;

export interface MatchParts {
  readonly roster: Roster;
  readonly history: AlertHistory;
  /** This node's clock: freshness compares two readings of it, so the store's must not come in here. */
  readonly nowMs: number;
}

/**
 * The people within the radius who can be asked, lowest score first (`arrival.ts`). Exact: the index is asked on outward
 * until nobody farther away could have a lower score, separately for those at the speed of the place and for those seen
 * moving, who may be sooner there from farther away. Freshness is judged here, by received time, because it changes with
 * time alone and so can't be a bit of the index.
 */
export function match(parts: MatchParts, search: Search): Found {
  const scene = sceneOf(parts, search);
  if (search.only !== null) return { scene, candidates: justOne(parts, search, scene) };
  const first = search.first.flatMap((id) => wherever(parts, search, scene, id) ?? []);
  const known = new Set(first.map((candidate) => candidate.responderId));
  const others = best(parts, { ...search, not: new Set([...search.not, ...known]) }, scene);
  return { scene, candidates: [...first, ...others] };
}

/** Somebody who is asked however far they are. */
function wherever(
  parts: MatchParts,
  search: Search,
  scene: ArrivalScene,
  responderId: string,
): Candidate | null {
  const point = parts.roster.get(responderId)?.point;
  return point
    ? candidateOf(parts, search, scene, responderId, tenths(distanceM(point, search.point)))
    : null;
}

function sceneOf({ roster }: MatchParts, { point, rule, nowMs }: Search): ArrivalScene {
  const query = { ...point, radiusM: DENSITY_RADIUS_M, limit: rule.denseFrom, skills: 0, flags: ELIGIBLE };
  return { around: roster.index.nearest(query).count, isNight: isNight(nowMs, point.lng) };
}

function best(parts: MatchParts, search: Search, scene: ArrivalScene): Candidate[] {
  const found: Candidate[] = [];
  if (search.limit === 0) return found;
  collect(parts, search, scene, false, found);
  collect(parts, search, scene, true, found);
  return found;
}

/** Adds those who are better than the worst of `found`, which stays sorted and within the limit. */
function collect(
  parts: MatchParts,
  search: Search,
  scene: ArrivalScene,
  isMover: boolean,
  found: Candidate[],
): void {
  const { index } = parts.roster;
  const query = {
    ...search.point,
    radiusM: search.radiusM,
    skills: 0,
    anyOf: skillBits(search.skills),
    flags: isMover ? ELIGIBLE | MOVING : ELIGIBLE,
  };
  for (let from = 0, limit = FIRST_LOOK + search.not.size; ; from = limit, limit *= 4) {
    const near = index.nearest({ ...query, limit });
    for (let i = from; i < near.count; i++) {
      const metersTo = tenths(near.distancesM[i] as number);
      const worst = found.length === search.limit ? found.at(-1) : undefined;
      if (worst && leastScoreMs(metersTo, isMover, scene, search.rule) > worst.scoreMs) return;
      const candidate = candidateOf(parts, search, scene, index.idOf(near.slots[i] as number), metersTo);
      if (candidate) insert(found, candidate, search.limit);
    }
    if (near.count < limit) return;
  }
}

function candidateOf(
  parts: MatchParts,
  search: Search,
  scene: ArrivalScene,
  responderId: string,
  metersTo: number,
): Candidate | null {
  const { roster, history, nowMs } = parts;
  if (search.not.has(responderId) || roster.reasonAgainst(responderId, search, nowMs) !== null) return null;
  const observedMps = roster.speedOf(responderId, nowMs);
  const inputs = { distanceM: metersTo, observedMps, ...history.of(responderId, nowMs) };
  return { responderId, ...inputs, ...arrivalOf(inputs, scene, search.rule) };
}

function insert(found: Candidate[], candidate: Candidate, limit: number): void {
  // Somebody who moves is met twice: among everybody and among those who move.
  if (found.some(({ responderId }) => responderId === candidate.responderId)) return;
  let at = found.length;
  while (at > 0 && comesBefore(candidate, found[at - 1] as Candidate)) at -= 1;
  if (at === limit) return;
  found.splice(at, 0, candidate);
  if (found.length > limit) found.pop();
}

/** The order of candidates; of two with the same score the one whose id is lower. */
export function comesBefore(a: Candidate, b: Candidate): boolean {
  return a.scoreMs !== b.scoreMs ? a.scoreMs < b.scoreMs : a.responderId < b.responderId;
}

/** A drill of one's own: whoever asks for it is asked, at any time. */
function justOne(parts: MatchParts, search: Search, scene: ArrivalScene): Candidate[] {
  const { roster, nowMs } = parts;
  const responderId = search.only as string;
  const point = roster.get(responderId)?.point;
  const reason = roster.reasonAgainst(responderId, { ...search, isOwnDrill: true }, nowMs);
  const mayDrill = reason === null || ONLY_UNASKED.has(reason);
  if (!point || !mayDrill || search.not.has(responderId)) return [];
  const inputs = { distanceM: 0, observedMps: null, ...parts.history.of(responderId, nowMs) };
  return [{ responderId, ...inputs, ...arrivalOf(inputs, scene, search.rule) }];
}

/** Who was passed over as far as the search looked, and why. */
export function explain(
  { roster, nowMs }: MatchParts,
  search: Search,
  candidates: readonly Candidate[],
): Explanation {
  const isFull = candidates.length >= search.limit && candidates.length > 0;
  const reachM = isFull ? Math.max(...candidates.map((c) => c.distanceM)) : search.radiusM;
  const excluded: [string, Exclusion | 'asked_before', number][] = [];
  const excludedCounts: Record<string, number> = {};
  let seen = 0;
  roster.index.walk(search.point.lat, search.point.lng, reachM, (slot, metersTo) => {
    seen += 1;
    const responderId = roster.index.idOf(slot);
    const reason = search.not.has(responderId)
      ? ('asked_before' as const)
      : roster.reasonAgainst(responderId, search, nowMs);
    if (reason) {
      if (seen <= EXPLAINED) excluded.push([responderId, reason, tenths(metersTo)]);
      excludedCounts[reason] = (excludedCounts[reason] ?? 0) + 1;
    }
    return seen < COUNTED;
  });
  return { excluded, excludedCounts };
}

const tenths = (meters: number) => Math.round(meters * 10) / 10;

/** The order that the inputs of a record lead to, reserves left aside: what it says of its candidates, computed again. */
export function rankedAgain(
  { candidates, scene }: Pick<MatchRecord, 'candidates' | 'scene'>,
  rule: Search['rule'],
): Candidate[] {
  return candidates
    .map((c) => ({ ...c, ...arrivalOf(c, scene, rule) }))
    .sort((a, b) => (comesBefore(a, b) ? -1 : 1));
}
