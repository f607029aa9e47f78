/** A list in the order in which it is shown, which may differ from the one that it should have. */
export interface Steady<T> {
  readonly rows: readonly { readonly item: T; readonly isGone: boolean }[];
  /** Rows that would come in when the order is applied. */
  readonly waiting: number;
}

/**
 * Keeps rows where they are while somebody points at the list or is in it: what changes does so in its row, what is gone
 * stays and is marked, what is new waits. Otherwise the order is the one that was asked for.
 */
export class SteadyOrder<T extends { readonly id: string }> {
  #shown: readonly T[] = [];

  /** `isHeld`: nothing may move now. `wanted` is the whole list in its right order. */
  show(wanted: readonly T[], isHeld: boolean): Steady<T> {
    if (!isHeld) {
      this.#shown = wanted;
      return { rows: wanted.map((item) => ({ item, isGone: false })), waiting: 0 };
    }
    const now = new Map(wanted.map((item) => [item.id, item]));
    const rows = this.#shown.map((before) => {
      const item = now.get(before.id);
      now.delete(before.id);
      return { item: item ?? before, isGone: item === undefined };
    });
    this.#shown = rows.map(({ item }) => item);
    return { rows, waiting: now.size };
  }
}

/** Which rows of a long list have to be there, and how much room those above and below take. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

const BEYOND = 6;

/** Of rows of one height: those in sight and a few beyond. */
export function partInSight(count: number, rowPx: number, scrollTopPx: number, heightPx: number): Part {
  const from = Math.max(0, Math.min(count, Math.floor(scrollTopPx / rowPx)) - BEYOND);
  const to = Math.min(count, Math.ceil((scrollTopPx + heightPx) / rowPx) + BEYOND);
  return {
    from,
    to: Math.max(from, to),
    abovePx: from * rowPx,
    belowPx: (count - Math.max(from, to)) * rowPx,
  };
}

/** Where a list has to be scrolled to so that a row is in sight; null: it is. */
export function scrollFor(
  index: number,
  rowPx: number,
  scrollTopPx: number,
  heightPx: number,
): number | null {
  const top = index * rowPx;
  if (top < scrollTopPx) return top;
  return top + rowPx > scrollTopPx + heightPx ? top + rowPx - heightPx : null;
}
