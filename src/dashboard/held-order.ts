/** A list as it is shown, and how many would stand elsewhere if it were not held. */
export interface Held {
  readonly ids: readonly string[];
  readonly moved: number;
}

/**
 * The order of a list that nothing may jump in while somebody points at it. Held, whoever is there stays where they are,
 * who is new comes to the end, who is gone leaves; let go, it is as wanted.
 */
export function heldOrder(shown: readonly string[], wanted: readonly string[], isHeld: boolean): Held {
  if (!isHeld) return { ids: wanted, moved: 0 };
  const there = new Set(wanted);
  const known = new Set(shown);
  const ids = [...shown.filter((id) => there.has(id)), ...wanted.filter((id) => !known.has(id))];
  return { ids, moved: ids.filter((id, i) => wanted[i] !== id).length };
}
