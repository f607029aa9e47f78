import type { Clock } from '../lib/clock.ts';

/** At once while so few are there; what is beyond is swept in parts. */
const AT_ONCE = 200;
const PARTS = 20;
/** Parts are a little larger than they need be, so that timers that come late leave nobody out of a round. */
const SOONER = 1.5;

export interface SweepParts<T> {
  readonly clock: Clock;
  /** Everybody gets one look per so many ms. */
  readonly everyMs: number;
  readonly members: ReadonlySet<T>;
  readonly look: (member: T) => void;
}

/**
 * Looks at everybody once per `everyMs`, a part of them at a time: ten thousand in one go hold up the event loop for 100 ms,
 * and an SOS with it. Whoever left meanwhile is not looked at. The answer ends it.
 */
export function sweepRegularly<T>({ clock, everyMs, members, look }: SweepParts<T>): () => void {
  let cancelRound = () => {};
  let cancelPart = () => {};
  const part = (round: readonly T[], from: number, size: number) => {
    for (const member of round.slice(from, from + size)) if (members.has(member)) look(member);
    if (from + size >= round.length) return;
    cancelPart = clock.after(everyMs / PARTS, () => part(round, from + size, size));
  };
  const again = () => {
    cancelRound = clock.after(everyMs, () => {
      cancelPart();
      part([...members], 0, Math.max(AT_ONCE, Math.ceil((members.size / PARTS) * SOONER)));
      again();
    });
  };
  again();
  return () => {
    cancelRound();
    cancelPart();
  };
}
