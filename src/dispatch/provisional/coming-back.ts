import type { KnownSos } from '../known-sos.ts';
import type { Surroundings } from '../machine/commands.ts';
import { heldSlots, type SosState } from '../machine/state.ts';
import type { DispatchOptions } from '../options.ts';
import type { Roster } from '../roster.ts';
import type { Changed, DispatchStore, Done, LogEvent, Order } from '../store.ts';
import { writingOf } from '../writing.ts';
import { isAway } from './away.ts';
import { decideAgain } from './decide-again.ts';
import type { AnyStep, Settled } from './steps.ts';
import { messageOf, toldOf } from './telling.ts';

export interface ComingBackParts {
  readonly known: KnownSos;
  readonly roster: Roster;
  readonly around: (nowMs: number) => Surroundings;
  readonly noTimer: (state: SosState) => void;
  readonly told: (done: Done) => void;
  /** Takes it for how it stands: another node has decided it. */
  readonly adopt: (state: SosState) => void;
  readonly options: Pick<DispatchOptions, 'isProvisional' | 'onStored'>;
  /** Where it is read as it stands. */
  readonly store: Pick<DispatchStore, 'load'>;
}

/** What a node does when the store is back: it learns what became of what it had decided alone. */
export class ComingBack {
  readonly #parts: ComingBackParts;

  /** SOS as another node has decided them without the store: the store may say otherwise. */
  readonly #unsure = new Set<string>();

  constructor(parts: ComingBackParts) {
    this.#parts = parts;
  }

  /** Decides what was asked while the store was away on how the SOS stands now. Null: of a timer's. */
  decideAgain(order: Order, atMs: number, isUnderWay: boolean) {
    return decideAgain(order, isUnderWay, (nowMs) => this.#parts.around(Math.min(atMs, nowMs)));
  }

  /** What was decided without the store is in it, or was decided otherwise there. */
  async settled(step: AnyStep, settled: Settled, changed: Changed<string> | null): Promise<void> {
    const isOfState = 'baseSeq' in step;
    if (changed?.kind === 'done') {
      if (settled !== 'confirmed' && isOfState) this.takeBack(step.sosId);
      this.#parts.told(changed);
    } else if (isOfState && changed?.kind === 'refused') {
      this.takeBack(step.sosId);
      this.#parts.adopt(changed.state);
    } else if (isOfState) {
      this.#unsure.add(step.sosId);
      await this.reread(step.sosId);
    }
  }

  /** What another node has decided without the store, for telling. Null: this node lacks what it was decided on. */
  heard(step: AnyStep): readonly LogEvent[] | null {
    if ('text' in step) return [messageOf(step)];
    const { sosId, actorId, baseSeq, events, atMs } = step;
    const before = this.#parts.known.get(sosId) ?? null;
    const seq = before?.seq ?? 0;
    if (seq !== baseSeq) return seq < baseSeq ? null : [];
    try {
      const decided = { events, dueAtMs: () => null, atMs };
      const { state, entries } = writingOf(actorId, before, sosId, decided, atMs);
      this.#unsure.add(sosId);
      this.#parts.adopt(state);
      return toldOf(entries, before, atMs);
    } catch {
      // Decided on another state with the same number: both nodes had lost the store at that moment.
      return [];
    }
  }

  /** Whether it was decided on less than is known here from the store. */
  isPast(step: AnyStep): boolean {
    if ('text' in step || this.#unsure.has(step.sosId)) return false;
    return (this.#parts.known.get(step.sosId)?.seq ?? 0) > step.baseSeq;
  }

  /** Whether what is known of it is what another node has decided, and may be otherwise in the store. */
  isUnsure(sosId: string): boolean {
    return this.#unsure.has(sosId);
  }

  /** Whether this node has decided something itself, and sees how it stands when that is written. */
  isOwn(sosId: string): boolean {
    return this.#parts.options.isProvisional?.(sosId) === true;
  }

  /** The store has this event of an SOS of this node's own: others may have gone on with it. */
  isStored(sosId: string, event: LogEvent): void {
    this.#parts.options.onStored?.(sosId, event);
  }

  /** What the store has takes the place of what was heard, or believed. Rejects when it does not answer: then that stays. */
  async reread(sosId: string): Promise<void> {
    const state = await this.#parts.store.load(sosId);
    const known = this.#parts.known.get(sosId);
    // Something was written while it was read.
    if (state && known && known.seq > state.seq && !this.#unsure.has(sosId)) return;
    this.takeBack(sosId);
    if (state) this.#parts.adopt(state);
  }

  /** It is so after all, or as long as nobody can say otherwise. */
  believe(state: SosState): void {
    this.#parts.adopt(state);
  }

  /** The same, and what is known stays where the store can't be asked. */
  async rereadIfThere(sosId: string): Promise<void> {
    try {
      await this.reread(sosId);
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }

  /** What is known of an SOS is not so. */
  takeBack(sosId: string): void {
    const { known, roster, noTimer } = this.#parts;
    this.#unsure.delete(sosId);
    const state = known.get(sosId);
    if (!state) return;
    for (const { holder } of heldSlots(state)) roster.released(holder.responderId, sosId);
    noTimer(state);
    known.drop(sosId);
  }
}
