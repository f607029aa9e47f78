import type { StreamEvent } from '../protocol/down.ts';
import {
  doubleHoldersInStream,
  type Holding,
  holdingsInInbox,
  type JudgedEvent,
  overlapsOfPersons,
  overlapsOfSlots,
} from './judge.ts';
import { type StreamFaults, StreamReader } from './stream-reader.ts';

/** Something the server said was done. Afterwards the database must hold it. */
export type Acknowledged =
  | {
      readonly kind: 'create' | 'depart' | 'arrive' | 'start' | 'resolve' | 'withdraw' | 'cancel';
      readonly sosId: string;
      readonly userId: string;
    }
  | {
      readonly kind: 'accept' | 'reserve' | 'decline';
      readonly sosId: string;
      readonly userId: string;
      readonly offerId: string;
    }
  | { readonly kind: 'chat'; readonly sosId: string; readonly userId: string; readonly messageId: string };

/** When what happened to one SOS, in real milliseconds of the monotonic clock of this process. */
export interface SosTimes {
  readonly raisedAtMs: number;
  readonly firstOfferAtMs: number | null;
  readonly acceptedAtMs: number | null;
  /** From the first holder to the emergency when the slot was won. */
  readonly distanceM: number | null;
  /** How soon after their alert the first holder was expected there, by the arithmetic of the engine; null: not told. */
  readonly expectedArrivalMs: number | null;
}

/** A running subscription: hand it everything it delivers. */
export interface Watched {
  event(event: StreamEvent): void;
  snapshot(seq: number): void;
}

/**
 * What the clients of a run saw, and the judgement of it. It knows nothing of the engine but what arrived over sockets.
 */
export class Ledger {
  readonly acknowledged: Acknowledged[] = [];
  readonly #monotonicMs: () => number;
  readonly #readers: StreamReader[] = [];
  readonly #events = new Map<string, Map<number, JudgedEvent>>();
  readonly #raised = new Map<string, number>();
  readonly #firstOffers = new Map<string, number>();
  readonly #firstAccepts = new Map<string, { atMs: number; distanceM: number; offerId: string }>();
  /** By offer; only dispatchers are told. */
  readonly #expectedArrivals = new Map<string, number>();
  readonly #refusedAnswers = new Map<string, number>();
  #contradictions = 0;
  #lastEventAtMs = 0;
  #unknownOutcomes = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** A subscription that begins after a number, or with a snapshot (null). */
  watch(afterSeq: number | null): Watched {
    const reader = new StreamReader(afterSeq);
    this.#readers.push(reader);
    return {
      event: (event) => {
        reader.event(event.seq);
        this.#see(event);
      },
      snapshot: (seq) => reader.snapshot(seq),
    };
  }

  /** An SOS was asked for at `raisedAtMs` and acknowledged just now. */
  raised(sosId: string, userId: string, raisedAtMs: number): void {
    this.acknowledged.push({ kind: 'create', sosId, userId });
    this.#raised.set(sosId, raisedAtMs);
  }

  /** A command was answered with an error that is part of the game, such as an offer that somebody else took. */
  refusedAnswer(code: string): void {
    this.#refusedAnswers.set(code, (this.#refusedAnswers.get(code) ?? 0) + 1);
  }

  /** A command got no answer: whether it took effect is not known. */
  unknownOutcome(): void {
    this.#unknownOutcomes += 1;
  }

  get refusedAnswers(): Record<string, number> {
    return Object.fromEntries(this.#refusedAnswers);
  }

  get unknownOutcomes(): number {
    return this.#unknownOutcomes;
  }

  /** Monotonic time of the newest event of any stream. */
  get lastEventAtMs(): number {
    return this.#lastEventAtMs;
  }

  get sosIds(): string[] {
    return [...this.#raised.keys()];
  }

  /** Times of each SOS, with what its events told. */
  times(): SosTimes[] {
    return [...this.#raised].map(([sosId, raisedAtMs]) => {
      const accepted = this.#firstAccepts.get(sosId);
      return {
        raisedAtMs,
        firstOfferAtMs: this.#firstOffers.get(sosId) ?? null,
        acceptedAtMs: accepted?.atMs ?? null,
        distanceM: accepted?.distanceM ?? null,
        expectedArrivalMs: (accepted && this.#expectedArrivals.get(accepted.offerId)) ?? null,
      };
    });
  }

  get faults(): StreamFaults & { contradictions: number } {
    let [duplicates, gaps] = [0, 0];
    for (const { faults } of this.#readers) {
      duplicates += faults.duplicates;
      gaps += faults.gaps;
    }
    return { duplicates, gaps, contradictions: this.#contradictions };
  }

  /** The highest number seen of a stream; 0 for none. */
  headOf(stream: string): number {
    return Math.max(0, ...(this.#events.get(stream)?.keys() ?? []));
  }

  /** The events seen of an SOS this run raised, in order. */
  eventsOf(sosId: string): JudgedEvent[] {
    const bySeq = this.#events.get(`sos:${sosId}`);
    return bySeq ? [...bySeq.values()].sort((a, b) => a.seq - b.seq) : [];
  }

  /** Every distinct event of one type, over all SOS this run raised. */
  sosEvents(type: string): JudgedEvent[] {
    return this.sosIds.flatMap((sosId) => this.eventsOf(sosId).filter((event) => event.type === type));
  }

  /** Every distinct event of one type, over all inboxes, that is about an SOS this run raised. */
  inboxEvents(type: string): JudgedEvent[] {
    const found: JudgedEvent[] = [];
    for (const [stream, bySeq] of this.#events) {
      if (!stream.startsWith('inbox:')) continue;
      for (const event of bySeq.values()) {
        if (event.type === type && this.#raised.has(String(event.data.sosId))) found.push(event);
      }
    }
    return found;
  }

  /** Distinct chat messages about the SOS of this run: read by somebody, or acknowledged to who wrote them. */
  messages(): number {
    const ids = new Set<unknown>();
    for (const sosId of this.sosIds) {
      for (const { data } of this.#events.get(`chat:${sosId}`)?.values() ?? []) ids.add(data.messageId);
    }
    for (const one of this.acknowledged) if (one.kind === 'chat') ids.add(one.messageId);
    return ids.size;
  }

  /** Server time of the newest event of any stream; 0 before the first. */
  newestAtMs(): number {
    let newest = 0;
    for (const bySeq of this.#events.values()) {
      for (const { atMs } of bySeq.values()) newest = Math.max(newest, atMs);
    }
    return newest;
  }

  /** Offers that nobody answered and that are not closed either. */
  openOffers(): number {
    const ids = (events: JudgedEvent[]) => events.map((event) => event.data.offerId);
    const over = new Set([...ids(this.inboxEvents('offer.closed')), ...ids(this.sosEvents('sos.accepted'))]);
    return ids(this.inboxEvents('offer.sent')).filter((offerId) => !over.has(offerId)).length;
  }

  /** Slots given twice: by the order of each SOS's events, and by the times in the holders' own inboxes. */
  doubleHolders(): number {
    const inStreams = this.sosIds.reduce(
      (sum, sosId) => sum + doubleHoldersInStream(this.eventsOf(sosId)),
      0,
    );
    return Math.max(inStreams, overlapsOfSlots(this.#holdings()));
  }

  /** Persons who held two slots at a time. */
  doubleSlots(): number {
    return overlapsOfPersons(this.#holdings());
  }

  #holdings(): Holding[] {
    return [...this.#events].flatMap(([stream, bySeq]) =>
      stream.startsWith('inbox:') ? holdingsInInbox(stream.slice('inbox:'.length), [...bySeq.values()]) : [],
    );
  }

  #see(event: StreamEvent): void {
    this.#lastEventAtMs = this.#monotonicMs();
    const bySeq = this.#events.get(event.stream) ?? new Map<number, JudgedEvent>();
    this.#events.set(event.stream, bySeq);
    this.#noteExpected(event);
    const known = bySeq.get(event.seq);
    if (known) {
      if (known.type !== event.type || known.atMs !== event.atMs) this.#contradictions += 1;
      return;
    }
    bySeq.set(event.seq, { seq: event.seq, type: event.type, atMs: event.atMs, data: event.data });
    this.#clockIn(event);
  }

  #clockIn(event: StreamEvent): void {
    if (event.type === 'offer.sent' && !this.#firstOffers.has(event.data.sosId)) {
      this.#firstOffers.set(event.data.sosId, this.#lastEventAtMs);
    }
    const sosId = event.stream.slice('sos:'.length);
    if (event.type === 'sos.accepted' && !this.#firstAccepts.has(sosId)) {
      const { distanceM, offerId } = event.data;
      this.#firstAccepts.set(sosId, { atMs: this.#lastEventAtMs, distanceM, offerId });
    }
  }

  #noteExpected(event: StreamEvent): void {
    if (event.type !== 'sos.wave_sent' || typeof event.data.offers === 'number') return;
    for (const { offerId, etaMs } of event.data.offers) this.#expectedArrivals.set(offerId, etaMs);
  }
}
