import { apply, begin, type Happened } from '../machine/apply.ts';
import {
  hasPrimary,
  heldSlots,
  isOpen,
  isPrimaryUnderWay,
  type Offer,
  type SosState,
} from '../machine/state.ts';
import type { LogEvent } from '../store.ts';
import type { Commit, MemoryDb } from './memory-db.ts';
import { splitStream } from './node.ts';
import type { Timeline } from './timeline.ts';

export interface Violation {
  /** Number of the invariant in the design (2 to 6), or a name of SPEC.md. */
  readonly invariant: string;
  readonly what: string;
  readonly atMs: number;
}

const HELD_LATELY_MS = 15_000;
/** A drill that nobody ends (SPEC.md). */
const DRILL_ENDS_AFTER_MS = 7_200_000;

/** One event, the states around it, and what else was decided in the same transaction. */
export interface Judged {
  readonly event: LogEvent;
  readonly before: SosState | null;
  readonly after: SosState;
}

export interface Past {
  readonly state: SosState;
  readonly committedAtMs: number;
}

/**
 * Replays the log by itself, commit by commit, and compares: numbers without gaps, rows that equal the replay, one holder
 * per slot and one slot per person, and a deadline for whatever is in nobody's hands.
 */
export class Judge {
  readonly violations: Violation[] = [];
  /** `STATUS event STATUS` of everything that happened; `-` before the first event. */
  readonly transitions = new Set<string>();
  readonly #timeline: Timeline;
  readonly #states = new Map<string, SosState>();
  readonly #heads = new Map<string, number>();
  readonly #movedAt = new Map<string, number>();
  /** Every state there was, by number: `past[n - 1]` is the state at n. */
  readonly #pasts = new Map<string, Past[]>();
  readonly #heldSince = new Map<string, number>();
  readonly #heldUntil = new Map<string, number>();
  readonly #carriedOut = new Map<string, number>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  fault(invariant: string, what: string): void {
    this.violations.push({ invariant, what, atMs: this.#timeline.nowMs });
  }

  state(sosId: string): SosState | undefined {
    return this.#states.get(sosId);
  }

  states(): IterableIterator<SosState> {
    return this.#states.values();
  }

  past(sosId: string): readonly Past[] {
    return this.#pasts.get(sosId) ?? [];
  }

  get nowMs(): number {
    return this.#timeline.nowMs;
  }

  /** When the newest event of a stream was committed. */
  movedAtMs(stream: string): number {
    return this.#movedAt.get(stream) ?? Number.NEGATIVE_INFINITY;
  }

  /** Since when somebody holds a slot of a real SOS. */
  heldSince(userId: string): number | undefined {
    return this.#heldSince.get(userId);
  }

  /** Whether they gave back a slot of a real SOS so lately that not everybody has heard of it. */
  heldLately(userId: string): boolean {
    return (this.#heldUntil.get(userId) ?? Number.NEGATIVE_INFINITY) > this.nowMs - HELD_LATELY_MS;
  }

  timesCarriedOut(commandKey: string): number {
    return this.#carriedOut.get(commandKey) ?? 0;
  }

  /** What a transaction made visible, in the order of its events. */
  committed(commit: Commit, db: MemoryDb): Judged[] {
    const { commandKey } = commit;
    if (commandKey !== null) {
      this.#carriedOut.set(commandKey, this.timesCarriedOut(commandKey) + 1);
      if (this.timesCarriedOut(commandKey) > 1) this.fault('S7', `${commandKey} was carried out twice`);
    }
    const judged: Judged[] = [];
    for (const event of commit.events) {
      const [kind, id] = splitStream(event.stream);
      const isNext = this.#numbered(event);
      const one = kind === 'sos' && isNext ? this.#applied(id, event) : null;
      if (one) judged.push(one);
    }
    for (const row of commit.states) this.#compare(row, db);
    return judged;
  }

  #numbered({ stream, seq }: LogEvent): boolean {
    const head = this.#heads.get(stream) ?? 0;
    this.#heads.set(stream, Math.max(head, seq));
    this.#movedAt.set(stream, this.nowMs);
    if (seq !== head + 1) this.fault('5', `${stream} goes from ${head} to ${seq}`);
    return seq === head + 1;
  }

  #applied(sosId: string, event: LogEvent): Judged | null {
    const before = this.#states.get(sosId) ?? null;
    const happened = { type: event.type, data: event.data, seq: event.seq, atMs: event.atMs } as Happened;
    let after: SosState;
    try {
      after = before ? apply(before, happened) : begin(sosId, happened);
    } catch (error) {
      this.fault('S1', `${event.stream} ${event.seq} does not follow: ${error}`);
      return null;
    }
    this.#states.set(sosId, after);
    this.transitions.add(`${before?.status ?? '-'} ${event.type} ${after.status}`);
    const pasts = this.#pasts.get(sosId) ?? [];
    pasts.push({ state: after, committedAtMs: this.#timeline.nowMs });
    this.#pasts.set(sosId, pasts);
    return { event, before, after };
  }

  #compare(row: SosState, db: MemoryDb): void {
    const replayed = this.#states.get(row.id);
    if (!replayed || !isSame(replayed, row))
      this.fault('S1', `the row of ${row.id} is not what its log leads to`);
    if (replayed) {
      this.#consistent(replayed);
      this.#holders(replayed, db);
      this.#owned(replayed, db);
    }
  }

  #holders(state: SosState, db: MemoryDb): void {
    const held = new Map<string, string>();
    for (const one of this.#states.values()) {
      if (one.isDrill) continue;
      for (const { slot, holder } of heldSlots(one)) {
        const { responderId } = holder;
        const other = held.get(responderId);
        if (other) this.fault('2', `${responderId} holds ${one.id}/${slot} and ${other}`);
        held.set(responderId, `${one.id}/${slot}`);
        const row = db.holders.get(responderId);
        if (row?.sosId !== one.id || row.slot !== slot)
          this.fault('2', `${responderId} holds ${one.id}/${slot}, and their row says otherwise`);
        if (!this.#heldSince.has(responderId)) this.#heldSince.set(responderId, this.#timeline.nowMs);
      }
    }
    for (const userId of [...this.#heldSince.keys()]) {
      if (held.has(userId)) continue;
      this.#heldSince.delete(userId);
      this.#heldUntil.set(userId, this.nowMs);
    }
    if (db.holders.size !== held.size) this.fault('2', `${db.holders.size} rows of ${held.size} holders`);
    const here = heldSlots(state).map(({ holder }) => holder.responderId);
    if (new Set(here).size !== here.length) this.fault('2', `somebody holds two slots of ${state.id}`);
    if (!isOpen(state) && here.length > 0) this.fault('2', `${state.id} is closed and held`);
  }

  /** The status is the primary's, and nobody is asked where nobody is wanted. */
  #consistent(state: SosState): void {
    const isHeld = state.status === 'ACCEPTED' || state.status === 'IN_PROGRESS';
    if (isOpen(state) && isHeld !== hasPrimary(state)) this.fault('S2', `${state.id} is ${state.status}`);
    const isWanted = isOpen(state) && state.holdUntilMs === null && state.slots.some(({ holder }) => !holder);
    const asked = [...state.offers.values()].filter(({ status }) => status === 'OPEN');
    if (!isWanted && asked.length > 0)
      this.fault('S2', `${state.id} asks ${asked.length} who are not wanted`);
    if (new Set(asked.map(({ responderId }) => responderId)).size !== asked.length)
      this.fault('4', `${state.id} asks somebody twice at once`);
    const rungs = state.rule.ladder.reduce(
      (sum, rung) => sum + ('alertsMore' in rung ? rung.alertsMore : 0),
      0,
    );
    // Who stood ready is asked again within no limit.
    const people = new Set([...state.offers.values()].map(({ responderId }) => responderId)).size;
    if (people > state.rule.alertsMax + rungs)
      this.fault('4', `${state.id} has asked ${people}, more than its rule allows`);
    if (new Set(state.slots.map(({ slot }) => slot)).size !== state.slots.length)
      this.fault('S2', `${state.id} has two slots of one number`);
    const behind = state.slots.find(
      (one) => isOpen(state) && one.behind !== null && !needsMakingUp(state, one.behind),
    );
    if (behind) this.fault('S2', `${state.id}/${behind.slot} makes up for nobody`);
  }

  #owned(state: SosState, db: MemoryDb): void {
    const due = db.deadlines.get(state.id)?.dueAtMs;
    if (!isOpen(state)) {
      if (due !== undefined) this.fault('3', `${state.id} is closed, and due`);
      return;
    }
    if (needsDeadline(state) && due === undefined) {
      this.fault('3', `${state.id} is ${state.status} and never looked at again`);
      return;
    }
    const latest = latestLookMs(state);
    if (due !== undefined && due > latest && due > db.nowMs() + 1)
      this.fault('3', `${state.id} is looked at ${due - latest} ms after something falls due`);
  }
}

/** Whether no primary under way has it in hand: then time has to come back to it. */
function needsDeadline(state: SosState): boolean {
  if (!isPrimaryUnderWay(state) || state.holdUntilMs !== null || state.isDrill) return true;
  const wanted = state.slots.some(({ holder }) => holder === null);
  const unmoved = heldSlots(state).some(
    ({ slot, holder }) => holder.departedAtMs === null && !state.slots.some(({ behind }) => behind === slot),
  );
  return wanted || unmoved;
}

/** Whether somebody holds this slot and has not set off. */
function needsMakingUp(state: SosState, slot: number): boolean {
  const holder = state.slots.find((one) => one.slot === slot)?.holder;
  return holder != null && holder.departedAtMs === null && holder.arrivedAtMs === null;
}

/** When at the latest something of it falls due. */
function latestLookMs(state: SosState): number {
  const offers = [...state.offers.values()].filter(({ status }) => status === 'OPEN');
  const dues = [
    ...offers.map(({ expiresAtMs }) => expiresAtMs),
    state.holdUntilMs ?? Number.POSITIVE_INFINITY,
    state.isDrill ? state.createdAtMs + DRILL_ENDS_AFTER_MS : Number.POSITIVE_INFINITY,
  ];
  return Math.min(...dues);
}

/** Whether two states say the same. */
function isSame(a: SosState, b: SosState): boolean {
  for (const key of Object.keys(a) as (keyof SosState)[]) {
    if (key === 'offers' || a[key] === b[key]) continue;
    if (textOf(a[key]) !== textOf(b[key])) return false;
  }
  if (a.offers.size !== b.offers.size) return false;
  return [...a.offers].every(([id, offer]) => {
    const other = b.offers.get(id);
    return other && (Object.keys(offer) as (keyof Offer)[]).every((key) => offer[key] === other[key]);
  });
}

const textOf = (value: unknown) => JSON.stringify(value instanceof Set ? [...value] : value);
