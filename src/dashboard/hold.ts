/** How long a button has to be held, and within which time the second of two taps has to come. */
export const HOLD_MS = 1_000;
export const SECOND_TAP_MS = 4_000;

/**
 * Asking for help with one button: by holding it, or by two taps for those who can't hold. A press that is let go early
 * was the first tap; a single touch in a pocket therefore does nothing.
 */
export type Hold =
  | { readonly state: 'idle' }
  | { readonly state: 'holding'; readonly sinceMs: number; readonly isSecond: boolean }
  | { readonly state: 'armed'; readonly untilMs: number }
  | { readonly state: 'fired' };

export const IDLE: Hold = { state: 'idle' };

/** Finger, space or enter went down. Repetitions of a key that is held change nothing. */
export function pressed(hold: Hold, nowMs: number): Hold {
  if (hold.state === 'holding' || hold.state === 'fired') return hold;
  return { state: 'holding', sinceMs: nowMs, isSecond: hold.state === 'armed' && nowMs < hold.untilMs };
}

/** It came up again. */
export function released(hold: Hold, nowMs: number): Hold {
  const later = ticked(hold, nowMs);
  if (later.state !== 'holding') return later;
  return later.isSecond ? { state: 'fired' } : { state: 'armed', untilMs: nowMs + SECOND_TAP_MS };
}

/** The finger slid off, the page lost its focus: nobody meant it. */
export const givenUp = (hold: Hold): Hold => (hold.state === 'fired' ? hold : IDLE);

/** Time has passed. */
export function ticked(hold: Hold, nowMs: number): Hold {
  if (hold.state === 'holding' && nowMs - hold.sinceMs >= HOLD_MS) return { state: 'fired' };
  if (hold.state === 'armed' && nowMs >= hold.untilMs) return IDLE;
  return hold;
}

/** How much of the ring is drawn, 0 to 1. */
export const heldPart = (hold: Hold, nowMs: number): number =>
  hold.state === 'holding'
    ? Math.min(1, Math.max(0, (nowMs - hold.sinceMs) / HOLD_MS))
    : hold.state === 'fired'
      ? 1
      : 0;
