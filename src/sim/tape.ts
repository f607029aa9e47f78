import type { SimulatedFix, SimulatedReport } from './scenario.ts';
import { MINUTE_MS } from './schedule.ts';

/** How often a phone that lies still reports. */
const STANDING_MS = MINUTE_MS;
/** Whoever was last heard longer before the end of the recording had left already. */
const PRESENT_MS = 5 * MINUTE_MS;

/**
 * A recording that is played once; after its end, as long as somebody still waits for help, the same people stand where
 * they are by then: without that the engine would rightly hold everybody for gone.
 *
 * @param fixes in order of time, none after `durationMs`
 * @returns the reports that fell due since the last call, up to an offset
 */
export function playTape(fixes: readonly SimulatedFix[], durationMs: number) {
  const lastMs = new Map<number, number>();
  let next = 0;
  let standingMs = durationMs + STANDING_MS;
  return function* reportsUntil(offsetMs: number): Generator<SimulatedReport> {
    for (let fix = fixes[next]; fix && fix.offsetMs <= offsetMs; fix = fixes[next]) {
      next += 1;
      lastMs.set(fix.responder, fix.offsetMs);
      yield fix;
    }
    if (offsetMs < standingMs) return;
    // After a pause of this program one report is due, not all that it missed.
    standingMs = offsetMs + STANDING_MS;
    for (const [responder, heardMs] of lastMs) {
      if (heardMs >= durationMs - PRESENT_MS) yield { responder, offsetMs, point: null };
    }
  };
}
