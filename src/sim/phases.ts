import type { JudgedEvent } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { percentile } from './percentile.ts';

/** The steps of an SOS that are timed, from when it was raised, and the first event of each. */
const PHASES = {
  firstOffer: ['sos.wave_sent'],
  delivered: ['sos.offers_received'],
  accepted: ['sos.accepted', 'sos.holder_assigned'],
  departed: ['sos.departed', 'sos.arrived'],
  arrived: ['sos.arrived'],
  closed: ['sos.resolved', 'sos.cancelled'],
} as const;

export type Phase = keyof typeof PHASES;

/** How long after it was raised SOS came so far, by the server's clock, in replayed time; and how many did. */
export interface PhaseTimes {
  readonly reached: number;
  readonly p50: number | null;
  readonly p90: number | null;
}

export function phaseTimes(ledger: Ledger, speed: number): Record<Phase, PhaseTimes> {
  const histories = ledger.sosIds.map((sosId) => ledger.eventsOf(sosId));
  const of = (phase: Phase): PhaseTimes => {
    const tookMs = histories.flatMap((events) => tookUntil(events, PHASES[phase]) ?? []);
    const at = (share: number) => {
      const ms = percentile(tookMs, share);
      return ms === null ? null : Math.round(ms * speed);
    };
    return { reached: tookMs.length, p50: at(0.5), p90: at(0.9) };
  };
  return Object.fromEntries((Object.keys(PHASES) as Phase[]).map((phase) => [phase, of(phase)])) as Record<
    Phase,
    PhaseTimes
  >;
}

function tookUntil(events: readonly JudgedEvent[], types: readonly string[]): number | null {
  const raised = events.find(({ type }) => type === 'sos.created');
  const reached = events.find(({ type }) => types.includes(type));
  return raised && reached ? reached.atMs - raised.atMs : null;
}
