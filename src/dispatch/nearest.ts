import type { LatLng } from '../geo/lat-lng.ts';
import { ELIGIBLE, type Roster, type Wanted } from './roster.ts';
import { skillBits } from './skills.ts';

const FIRST_LOOK = 64;

/**
 * Who can be sent to a place now, nearest first: verified, available, connected, holding nothing, qualified, at a place
 * known by a fix that is not too old. Exact; those excluded by what only time changes are looked past.
 */
export function nearestAvailable(
  roster: Roster,
  wanted: Wanted & { readonly point: LatLng; readonly radiusM: number; readonly limit: number },
  nowMs: number,
): { readonly userId: string; readonly distanceM: number }[] {
  const { point, radiusM, limit, skills } = wanted;
  const query = { ...point, radiusM, skills: 0, anyOf: skillBits(skills), flags: ELIGIBLE };
  for (let look = FIRST_LOOK + limit; ; look *= 4) {
    const near = roster.index.nearest({ ...query, limit: look });
    const found: { userId: string; distanceM: number }[] = [];
    for (let i = 0; i < near.count && found.length < limit; i++) {
      const userId = roster.index.idOf(near.slots[i] as number);
      const distanceM = Math.round((near.distancesM[i] as number) * 10) / 10;
      if (roster.reasonAgainst(userId, wanted, nowMs) === null) found.push({ userId, distanceM });
    }
    if (found.length === limit || near.count < look) return found;
  }
}
