import type { LatLng } from '../../geo/lat-lng.ts';

/** So many points are held at a time, however long the track is. */
const HELD_MAX = 5_000;

/**
 * A track of any length in a few of its points: those that change its shape least are taken out first, by the area of the
 * triangle that each makes with its neighbours (Visvalingam, Whyatt: "Line generalisation by repeated elimination of
 * points", 1993). The first and the last stay. Memory is bounded: a long track is made coarser as it comes in.
 */
export class TrackSimplifier<P extends LatLng> {
  readonly #most: number;
  #held: P[] = [];

  /** `most`: 2 or more. */
  constructor(most: number) {
    this.#most = most;
  }

  take(point: P): void {
    this.#held.push(point);
    if (this.#held.length >= Math.max(HELD_MAX, this.#most * 2)) {
      this.#held = simplified(this.#held, this.#held.length / 2);
    }
  }

  end(): P[] {
    return simplified(this.#held, this.#most);
  }
}

/** At most `most` of the points, the ends among them. */
export function simplified<P extends LatLng>(points: readonly P[], most: number): P[] {
  if (points.length <= most) return [...points];
  const last = points.length - 1;
  const before = Int32Array.from(points, (_, i) => i - 1);
  const after = Int32Array.from(points, (_, i) => i + 1);
  const areas = Float64Array.from(points, (_, i) =>
    i === 0 || i === last ? Infinity : areaAt(points, i - 1, i, i + 1),
  );
  const heap = new AreaHeap(areas);
  for (let left = points.length; left > most; left--) {
    const gone = heap.takeLeast();
    const [previous, next] = [before[gone] ?? 0, after[gone] ?? last];
    after[previous] = next;
    before[next] = previous;
    const floor = areas[gone] ?? 0;
    for (const place of [previous, next]) {
      if (place === 0 || place === last) continue;
      // Never less than what went before it, or a detour would be taken out corner by corner.
      const area = areaAt(points, before[place] ?? 0, place, after[place] ?? last);
      heap.change(place, Math.max(area, floor));
    }
  }
  const kept: P[] = [];
  for (let place = 0; place <= last; place = after[place] ?? last + 1)
    kept.push(...points.slice(place, place + 1));
  return kept;
}

const RAD = Math.PI / 180;

/** In square degrees of latitude, on a plane that touches the earth at the point in the middle. */
function areaAt(points: readonly LatLng[], a: number, b: number, c: number): number {
  const [from, at, to] = [points[a], points[b], points[c]];
  if (!from || !at || !to) return Infinity;
  const shrink = Math.cos(at.lat * RAD);
  const [x1, y1] = [turn(from.lng - at.lng) * shrink, from.lat - at.lat];
  const [x2, y2] = [turn(to.lng - at.lng) * shrink, to.lat - at.lat];
  return Math.abs(x1 * y2 - x2 * y1) / 2;
}

/** A difference of longitudes the short way round. */
const turn = (lng: number): number => (lng > 180 ? lng - 360 : lng < -180 ? lng + 360 : lng);

/** A binary heap of places by area, whose areas can change. Ties: the earlier place. */
class AreaHeap {
  readonly #areas: Float64Array;
  readonly #places: Int32Array;
  readonly #whereIs: Int32Array;
  #size: number;

  constructor(areas: Float64Array) {
    this.#areas = areas;
    this.#size = areas.length;
    this.#places = Int32Array.from(areas, (_, i) => i);
    this.#whereIs = Int32Array.from(areas, (_, i) => i);
    for (let i = (this.#size >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  takeLeast(): number {
    const least = this.#places[0] ?? 0;
    this.#size -= 1;
    this.#put(0, this.#places[this.#size] ?? 0);
    this.#sink(0);
    return least;
  }

  change(place: number, area: number): void {
    this.#areas[place] = area;
    const i = this.#whereIs[place] ?? 0;
    this.#rise(i);
    this.#sink(this.#whereIs[place] ?? 0);
  }

  #isLess(i: number, j: number): boolean {
    const [a, b] = [this.#places[i] ?? 0, this.#places[j] ?? 0];
    const [areaA, areaB] = [this.#areas[a] ?? 0, this.#areas[b] ?? 0];
    return areaA < areaB || (areaA === areaB && a < b);
  }

  #put(i: number, place: number): void {
    this.#places[i] = place;
    this.#whereIs[place] = i;
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#places[i] ?? 0, this.#places[j] ?? 0];
    this.#put(i, b);
    this.#put(j, a);
  }

  #rise(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#isLess(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(from: number): void {
    for (let i = from; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < this.#size && this.#isLess(child, least)) least = child;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }
}
