/**
 * Whom each viewer has seen already, for a while from their first sight on; then all of theirs is new again. Bounded over
 * all viewers together.
 */
export class Sights {
  readonly #lastsMs: number;
  readonly #max: number;
  readonly #seen = new Map<string, { readonly endsAtMs: number; readonly ids: Set<string> }>();
  #size = 0;

  constructor(lastsMs: number, max: number) {
    this.#lastsMs = lastsMs;
    this.#max = max;
  }

  /** What a viewer has seen that still counts. */
  of(viewer: string, nowMs: number): ReadonlySet<string> | undefined {
    const seen = this.#seen.get(viewer);
    if (!seen || nowMs < seen.endsAtMs) return seen?.ids;
    this.#end(viewer, seen.ids);
    return undefined;
  }

  /** `full`: there is no room for one more. */
  add(viewer: string, id: string, nowMs: number): 'new' | 'known' | 'full' {
    if (this.of(viewer, nowMs)?.has(id)) return 'known';
    if (this.#size >= this.#max) this.#endAll(nowMs);
    if (this.#size >= this.#max) return 'full';
    const seen = this.#seen.get(viewer) ?? { endsAtMs: nowMs + this.#lastsMs, ids: new Set() };
    this.#seen.set(viewer, seen);
    seen.ids.add(id);
    this.#size += 1;
    return 'new';
  }

  #endAll(nowMs: number): void {
    for (const [viewer, { endsAtMs, ids }] of this.#seen) if (endsAtMs <= nowMs) this.#end(viewer, ids);
  }

  #end(viewer: string, ids: ReadonlySet<string>): void {
    this.#seen.delete(viewer);
    this.#size -= ids.size;
  }
}
