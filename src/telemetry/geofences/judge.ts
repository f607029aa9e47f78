import type { Side } from './place.ts';

/** What a node believes of one person and one fence. Never changed in place. */
export interface Standing {
  /** The side that is stored; null: not known yet. */
  readonly side: Side | null;
  /** Fixes that say otherwise. */
  readonly doubt: { readonly firstAtMs: number; readonly fixes: number } | null;
}

export const STANDING_RULES = {
  /** So many fixes in a row change the side: one may be the receiver's. */
  fixesNeeded: 2,
  /** One is enough when nothing has spoken against it for so long: phones that have arrived fall silent. */
  unopposedMs: 60_000,
} as const;

export const NOTHING_KNOWN: Standing = { side: null, doubt: null };

export interface Judged {
  readonly standing: Standing;
  /** The side that is to be stored, since the first fix that said so. */
  readonly change: { readonly side: Side; readonly atMs: number } | null;
}

/** What one fix does to a standing. `side`: of the fix; null: it says nothing, and takes nothing back. */
export function judge(standing: Standing, side: Side | null, atMs: number): Judged {
  const { doubt } = standing;
  if (side === null) return { standing, change: null };
  if (side === standing.side) return { standing: { side, doubt: null }, change: null };
  // Where somebody was when the fence was made is not news, and needs no proof.
  if (standing.side === null) return { standing, change: { side, atMs } };
  const fixes = (doubt?.fixes ?? 0) + 1;
  const doubted = { side: standing.side, doubt: { firstAtMs: doubt?.firstAtMs ?? atMs, fixes } };
  return { standing: doubted, change: changeOf(doubted, atMs) };
}

/** What its doubts come to by now, with or without another fix. */
export function changeOf({ side, doubt }: Standing, nowMs: number): Judged['change'] {
  if (side === null || !doubt) return null;
  const isUnopposed = nowMs - doubt.firstAtMs >= STANDING_RULES.unopposedMs;
  if (doubt.fixes < STANDING_RULES.fixesNeeded && !isUnopposed) return null;
  return { side: side === 'in' ? 'out' : 'in', atMs: doubt.firstAtMs };
}
