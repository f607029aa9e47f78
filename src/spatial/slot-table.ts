import type { LatLng } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { grownFloats } from './grown.ts';

/** Ids as small integers ("slots"), given out again after release, with their points in degrees. */
export class SlotTable {
  /** Id of each slot; undefined while it is free. */
  readonly ids: (string | undefined)[] = [];
  #degrees: Float64Array = new Float64Array(2 * 64);
  readonly #slotOfId = new Map<string, number>();
  readonly #free: number[] = [];

  get size(): number {
    return this.#slotOfId.size;
  }

  slotOf(id: string): number | undefined {
    return this.#slotOfId.get(id);
  }

  idOf(slot: number): string {
    return must(this.ids[slot], 'a slot in use');
  }

  add(id: string): number {
    const slot = this.#free.pop() ?? this.ids.length;
    this.#degrees = grownFloats(this.#degrees, (slot + 1) * 2);
    this.ids[slot] = id;
    this.#slotOfId.set(id, slot);
    return slot;
  }

  release(slot: number): void {
    this.#slotOfId.delete(this.idOf(slot));
    this.ids[slot] = undefined;
    this.#free.push(slot);
  }

  setPosition(slot: number, lat: number, lng: number): void {
    this.#degrees[slot * 2] = lat;
    this.#degrees[slot * 2 + 1] = lng;
  }

  positionOf(slot: number): LatLng {
    return { lat: this.#degrees[slot * 2] as number, lng: this.#degrees[slot * 2 + 1] as number };
  }
}
