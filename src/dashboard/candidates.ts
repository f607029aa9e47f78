import type { SosView, StreamEvent } from '../protocol/down.ts';

type Of<T extends StreamEvent['type']> = Extract<StreamEvent, { type: T }>;
type Wave = Of<'sos.wave_sent'>['data'];
type Match = NonNullable<Wave['match']>;

/** The arithmetic by which somebody stood where they stood, as the policy computed it when it was decided. */
export type Score = Match['candidates'][number];

export type OfferState =
  | 'sent'
  | 'delivered'
  | 'seen'
  /** No device of theirs says that it has it. */
  | 'unreached'
  | 'accepted'
  | 'declined'
  | 'expired'
  | 'reserve'
  | 'closed';

/** Somebody who was considered, with what became of them. */
export interface Candidate {
  readonly responderId: string;
  /** The wave in which they were last considered. */
  readonly wave: number;
  readonly score: Score;
  /** Null: considered and not asked. */
  readonly offer: {
    readonly offerId: string;
    readonly state: OfferState;
    readonly sentAtMs: number;
    readonly expiresAtMs: number;
    /** Why it was closed. */
    readonly reason: string | null;
  } | null;
}

/** Who was passed over in the newest wave, and why; of those farther away only how many. */
export interface PassedOver {
  readonly people: readonly {
    readonly responderId: string;
    readonly reason: string;
    readonly distanceM: number;
  }[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface Asked {
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly passedOver: PassedOver;
  readonly scene: Match['scene'] | null;
}

export const NOBODY_ASKED: Asked = {
  candidates: new Map(),
  passedOver: { people: [], counts: {} },
  scene: null,
};

/** Who was considered after one more event of an SOS as dispatchers see it. */
export function askedAfter(asked: Asked, event: StreamEvent): Asked {
  switch (event.type) {
    case 'sos.wave_sent':
      return afterWave(asked, event);
    case 'sos.offers_received': {
      const { delivered, seen } = event.data;
      const had = withOffers(asked, listed(delivered), (state) =>
        state === 'sent' || state === 'unreached' ? 'delivered' : state,
      );
      return withOffers(had, listed(seen), (state) =>
        state === 'sent' || state === 'unreached' || state === 'delivered' ? 'seen' : state,
      );
    }
    case 'sos.offer_declined':
      return withOffers(asked, [event.data.offerId], () => 'declined');
    case 'sos.reserve_joined':
      return withOffers(asked, [event.data.offerId], () => 'reserve');
    case 'sos.accepted':
      return withOffers(asked, [event.data.offerId], () => 'accepted');
    case 'sos.offers_expired':
      return withOffers(asked, event.data.offerIds, () => 'expired');
    case 'sos.offers_unreached':
      return withOffers(asked, event.data.offerIds, (state) => (state === 'sent' ? 'unreached' : state));
    case 'sos.offers_closed':
      return withOffers(asked, event.data.offerIds, () => 'closed', event.data.reason);
    default:
      return asked;
  }
}

function afterWave(asked: Asked, { data, atMs }: Of<'sos.wave_sent'>): Asked {
  const { match, wave } = data;
  if (!match || typeof data.offers === 'number') return asked;
  const candidates = new Map(asked.candidates);
  for (const score of match.candidates) {
    const sent = data.offers.find(({ responderId }) => responderId === score.responderId);
    const before = candidates.get(score.responderId)?.offer ?? null;
    const offer = sent
      ? {
          offerId: sent.offerId,
          state: 'sent' as const,
          sentAtMs: atMs,
          expiresAtMs: sent.expiresAtMs,
          reason: null,
        }
      : before;
    candidates.set(score.responderId, { responderId: score.responderId, wave, score, offer });
  }
  const people = (match.excluded ?? []).map(([responderId, reason, distanceM]) => ({
    responderId,
    reason,
    distanceM,
  }));
  return { candidates, passedOver: { people, counts: match.excludedCounts }, scene: match.scene };
}

function withOffers(
  asked: Asked,
  offerIds: readonly string[],
  next: (state: OfferState) => OfferState,
  reason: string | null = null,
): Asked {
  const wanted = new Set(offerIds);
  const candidates = new Map(asked.candidates);
  for (const [id, candidate] of candidates) {
    const { offer } = candidate;
    if (offer && wanted.has(offer.offerId))
      candidates.set(id, { ...candidate, offer: { ...offer, state: next(offer.state), reason } });
  }
  return { ...asked, candidates };
}

const listed = (one: number | readonly string[]): readonly string[] => (typeof one === 'number' ? [] : one);

const OPEN: ReadonlySet<OfferState> = new Set(['sent', 'delivered', 'seen']);

export const isAwaited = ({ offer }: Candidate): boolean => offer !== null && OPEN.has(offer.state);

/** Those who may still come first: who said yes, who is asked, who stays ready; then by the score that the policy gave. */
export function inOrder({ candidates }: Asked): Candidate[] {
  const place = ({ offer }: Candidate) =>
    offer === null
      ? 3
      : offer.state === 'accepted'
        ? 0
        : OPEN.has(offer.state)
          ? 1
          : offer.state === 'reserve'
            ? 2
            : 4;
  return [...candidates.values()].sort(
    (a, b) =>
      place(a) - place(b) || a.score.scoreMs - b.score.scoreMs || (a.responderId < b.responderId ? -1 : 1),
  );
}

/** Something that happens by itself, and when. */
export interface Deadline {
  readonly what: 'offers_run_out' | 'next_wave' | 'hold_ends' | 'ladder';
  readonly atMs: number;
  /** Of `offers_run_out`: how many do at that moment. Of `ladder`: which rung it is. */
  readonly detail: number | string | null;
}

interface Rung {
  readonly step: string;
  readonly afterMs: number;
}

/** What an SOS is waiting for, the soonest first. `ladder`: of its rule, where it is known. */
export function deadlinesOf(
  sos: SosView,
  asked: Asked,
  { ladder, seekingSinceMs, rungsClimbed }: Climb,
): Deadline[] {
  if (sos.closedAtMs !== null) return [];
  if (sos.holdUntilMs !== null) return [{ what: 'hold_ends', atMs: sos.holdUntilMs, detail: null }];
  const found: Deadline[] = [];
  const ends = [...asked.candidates.values()].filter(isAwaited).map(({ offer }) => offer?.expiresAtMs ?? 0);
  if (ends.length > 0) {
    const atMs = Math.min(...ends);
    const detail = ends.filter((end) => end < atMs + 1_000).length;
    found.push({ what: 'offers_run_out', atMs, detail });
  }
  const isSeeking = sos.slots.some(({ holderId }) => holderId === null);
  if (isSeeking && sos.nextWaveAtMs !== null)
    found.push({ what: 'next_wave', atMs: sos.nextWaveAtMs, detail: sos.wave + 1 });
  const rung = ladder[rungsClimbed];
  const isUnderWay = (sos.slots[0]?.departedAtMs ?? null) !== null;
  if (isSeeking && rung && !isUnderWay)
    found.push({ what: 'ladder', atMs: seekingSinceMs + rung.afterMs, detail: rung.step });
  return found.sort((a, b) => a.atMs - b.atMs);
}

/** How far up the ladder an SOS is, and since when the time to the next rung runs. */
export interface Climb {
  readonly ladder: readonly Rung[];
  readonly seekingSinceMs: number;
  readonly rungsClimbed: number;
}

export const NO_LADDER: Climb = { ladder: [], seekingSinceMs: 0, rungsClimbed: 0 };

export function climbAfter(climb: Climb, event: StreamEvent): Climb {
  const since = { ...climb, seekingSinceMs: event.atMs };
  switch (event.type) {
    case 'sos.created':
      return { ladder: ladderOf(event.data.rule), seekingSinceMs: event.atMs, rungsClimbed: 0 };
    case 'sos.escalated':
      return { ...climb, rungsClimbed: event.data.rungsClimbed };
    case 'sos.unheld':
      return since;
    case 'sos.reopened':
      return { ...since, rungsClimbed: 0 };
    case 'sos.withdrawn':
    case 'sos.holder_released':
      return event.data.slot === 1 ? { ...since, rungsClimbed: 0 } : climb;
    default:
      return climb;
  }
}

/** The rule comes as it was written down when the SOS was raised, so nothing of it is taken for granted. */
function ladderOf(rule: unknown): Rung[] {
  const { ladder } = (rule ?? {}) as { ladder?: unknown };
  if (!Array.isArray(ladder)) return [];
  return ladder.flatMap((rung: Partial<Rung> | null) =>
    typeof rung?.step === 'string' && typeof rung.afterMs === 'number'
      ? [{ step: rung.step, afterMs: rung.afterMs }]
      : [],
  );
}
