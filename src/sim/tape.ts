import type { SimulatedFix } from './scenario.ts';
import { MINUTE_MS } from './schedule.ts';

/** How often a phone that lies still reports. */
export const STANDING_MS = MINUTE_MS;
/** Whoever was last heard longer before the end of the recording had left already. */
export const PRESENT_MS = 5 * MINUTE_MS;

/**
 * A recording that is played once, and after its end, as long as somebody still waits for help, the same people where
 * they were last: without that the engine would rightly hold everybody for gone.
 *
 * @param fixes in order of time, none after `durationMs`
 * @returns the fixes that fell due since the last call, up to an offset
 */
export function playTape(fixes: readonly SimulatedFix[], durationMs: number) {
  const last = new Map<number, SimulatedFix>();
  let next = 0;
  let standingMs = durationMs + STANDING_MS;
  return function* fixesUntil(offsetMs: number): Generator<SimulatedFix> {
    for (let fix = fixes[next]; fix && fix.offsetMs <= offsetMs; fix = fixes[next]) {
      next += 1;
      last.set(fix.responder, fix);
      yield fix;
    }
    if (offsetMs < standingMs) return;
    // After a pause of this program one report is due, not all that it missed.
    standingMs = offsetMs + STANDING_MS;
    for (const fix of last.values()) {
      if (fix.offsetMs >= durationMs - PRESENT_MS) yield { ...fix, offsetMs };
    }
  };
}
