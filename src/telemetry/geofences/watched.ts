import type { Fence, FenceState } from './fence.ts';
import { NOTHING_KNOWN, type Standing } from './judge.ts';
import { type Place, placeOf } from './place.ts';

/** A fence as this node watches it. */
export class Watched {
  fence: Fence;
  standing: Standing = NOTHING_KNOWN;
  /** A change is on its way to the store. */
  isMoving = false;
  #version = -1;
  #shape = '';
  #place: Place | null | undefined;
  #cancelTimer: (() => void) | null = null;

  constructor(fence: Fence) {
    this.fence = fence;
  }

  /** Made when its person first moves: most people of most fences are at home. Null: a masked copy has lost it. */
  place(): Place | null {
    if (this.#place === undefined) {
      const made = placeOf(this.fence.shape);
      this.#place = made.ok ? made.value : null;
    }
    return this.#place;
  }

  learnFence(fence: Fence): void {
    const shape = JSON.stringify(fence.shape);
    if (shape !== this.#shape) this.#place = undefined;
    this.#shape = shape;
    this.fence = fence;
  }

  /** What is stored wins, unless it is older than what is known here. */
  learn(state: FenceState): void {
    if (state.version < this.#version) return;
    const side = state.inside === null ? null : state.inside ? 'in' : 'out';
    const isNews = state.version > this.#version;
    this.#version = state.version;
    // The same again is no reason to forget what fixes have said since.
    if (isNews || side !== this.standing.side) this.standing = { side, doubt: null };
    if (!this.standing.doubt) this.cancelTimer();
  }

  /** What was thought of a change that the store did not take. */
  forgetDoubt(): void {
    this.standing = { side: this.standing.side, doubt: null };
    this.cancelTimer();
  }

  get hasTimer(): boolean {
    return this.#cancelTimer !== null;
  }

  setTimer(cancel: () => void): void {
    this.cancelTimer();
    this.#cancelTimer = cancel;
  }

  cancelTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}

/** All fences, by person and by id. */
export class FenceIndex {
  readonly #byId = new Map<string, Watched>();
  readonly #byPerson = new Map<string, Watched[]>();

  get size(): number {
    return this.#byId.size;
  }

  of(personId: string): readonly Watched[] | undefined {
    return this.#byPerson.get(personId);
  }

  get(fenceId: string): Watched | undefined {
    return this.#byId.get(fenceId);
  }

  all(): Iterable<Watched> {
    return this.#byId.values();
  }

  learn(fence: Fence, state: FenceState | null): void {
    const watched = this.#byId.get(fence.fenceId) ?? this.#add(fence);
    watched.learnFence(fence);
    if (state) watched.learn(state);
  }

  drop(fenceId: string): void {
    const watched = this.#byId.get(fenceId);
    if (!watched) return;
    watched.cancelTimer();
    this.#byId.delete(fenceId);
    const { personId } = watched.fence;
    const rest = (this.#byPerson.get(personId) ?? []).filter((one) => one !== watched);
    if (rest.length === 0) this.#byPerson.delete(personId);
    else this.#byPerson.set(personId, rest);
  }

  /** Drops every fence that is not among these. */
  keep(fenceIds: ReadonlySet<string>): void {
    for (const fenceId of [...this.#byId.keys()]) if (!fenceIds.has(fenceId)) this.drop(fenceId);
  }

  #add(fence: Fence): Watched {
    const watched = new Watched(fence);
    this.#byId.set(fence.fenceId, watched);
    this.#byPerson.set(fence.personId, [...(this.#byPerson.get(fence.personId) ?? []), watched]);
    return watched;
  }
}
