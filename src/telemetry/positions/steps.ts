import type { LaneSteps } from '../lanes/steps.ts';
import type { KeptFix } from './fix.ts';
import { judgeFix, NOTHING_KNOWN, type Rules, type Track } from './pipeline.ts';
import { isOlder } from './plausible.ts';

/** What is told of every fix that may count as "where this person is now". */
export interface LivePositions {
  /** Called in the order in which a device's fixes were judged, before they are stored. */
  moved(userId: string, lat: number, lng: number, receivedAtMs: number, accuracyM: number | null): void;
}

/** A judged fix as an object with its numbers. */
const FIX_BYTES = 400;

/**
 * The lane of positions: validate, drop what is repeated, from the future or impossible (each counted with its reason),
 * tell what is neither late nor older than what was told already, keep the rest for history. Hints are judged as a track
 * of their own, so that the newest position and a backlog from yesterday do not vouch for each other.
 */
export function positionSteps(rules: Rules, live: LivePositions): LaneSteps<KeptFix, Track, Track> {
  return {
    lane: 'telemetry',
    rowBytes: FIX_BYTES,

    begin: (last) => ({ last: last?.fix ?? null, dissenters: [] }),

    judge(memory, now, arrival) {
      const judgement = judgeFix(memory, arrival, rules);
      if (judgement.kind === 'refused') return { ...judgement, memory: judgement.track };
      const { fix, track } = judgement;
      const stale = judgement.stale || (!judgement.late && isOlderThan(fix, now));
      const value = { fix, late: judgement.late || stale };
      const outcome = stale ? 'stale' : value.late ? 'late' : 'live';
      return { kind: 'kept', value, told: value.late ? null : value, outcome, memory: track, now };
    },

    hint(memory, now, arrival) {
      const judgement = judgeFix(newer(memory, now), arrival, rules);
      const isLive = judgement.kind === 'kept' && !judgement.late;
      return { told: isLive ? { fix: judgement.fix, late: false } : null, now: judgement.track };
    },

    tell: ({ device, value: { fix }, receivedAtMs }) =>
      live.moved(device.userId, fix.lat, fix.lng, receivedAtMs, fix.accuracyM),
  };
}

const isOlderThan = (fix: KeptFix['fix'], track: Track | undefined): boolean =>
  track?.last ? isOlder(fix, track.last) : false;

function newer(a: Track | undefined, b: Track | undefined): Track {
  if (!a?.last) return b ?? NOTHING_KNOWN;
  return b?.last && !isOlder(b.last, a.last) ? b : a;
}
