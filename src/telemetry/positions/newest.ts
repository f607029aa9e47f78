import type { Stored } from '../lanes/plan.ts';
import type { KeptFix } from './fix.ts';

/** The newest live fix of each person. */
export function newestOf(kept: readonly Stored<KeptFix>[]): Stored<KeptFix>[] {
  const newest = new Map<string, Stored<KeptFix>>();
  for (const row of kept) {
    if (row.value.late) continue;
    const known = newest.get(row.device.userId);
    if (!known || known.receivedAtMs <= row.receivedAtMs) newest.set(row.device.userId, row);
  }
  return [...newest.values()];
}
