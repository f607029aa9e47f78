import { type Plan, planBatch } from './plan.ts';
import { DataRefused, type PositionStore } from './position-store.ts';
import type { DeviceEpoch, Entry } from './types.ts';

export interface BatchEnds {
  /** A part of the batch is committed. */
  stored(entries: readonly Entry[], plan: Plan): void;
  /** Even with its only fix refused it can't be stored: its person is gone. */
  unstorable(entry: Entry): void;
}

/**
 * Stores a batch. When the data is at fault, halves it until the bad fix is alone; that one is refused as `invalid`
 * and the rest is stored. Any other error is thrown; what was committed by then falls away when the batch is sent again.
 */
export async function storeBatch(
  store: PositionStore,
  entries: readonly Entry[],
  ends: BatchEnds,
): Promise<void> {
  try {
    const plan = await store.commit(devicesOf(entries), (cursors) => planBatch(entries, cursors));
    ends.stored(entries, plan);
  } catch (error) {
    if (!(error instanceof DataRefused)) throw error;
    const parts = smaller(entries);
    if (parts.length === 0) for (const entry of entries) ends.unstorable(entry);
    // One after the other: numbers of one device may be in both halves.
    for (const part of parts) await storeBatch(store, part, ends);
  }
}

function devicesOf(entries: readonly Entry[]): DeviceEpoch[] {
  return [...new Map(entries.map(({ key, device }) => [key, device])).values()];
}

/** Two halves; of a single fix, itself as refused; of what can't become smaller, nothing. */
function smaller(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const [entry] = entries;
  if (entry === undefined) return [];
  if (entries.length > 1) {
    const middle = entries.length >> 1;
    return [entries.slice(0, middle), entries.slice(middle)];
  }
  const [only] = entry.fixes;
  if (only === undefined) return [];
  if (entry.fixes.length > 1) {
    const middle = entry.fixes.length >> 1;
    return [[part(entry, 0, middle)], [part(entry, middle, entry.fixes.length)]];
  }
  if ('refused' in only) return [];
  return [[{ ...entry, fixes: [{ seq: only.seq, refused: 'invalid' }] }]];
}

function part(entry: Entry, from: number, to: number): Entry {
  const fixes = entry.fixes.slice(from, to);
  return { ...entry, fixes, lastSeq: fixes.at(-1)?.seq ?? entry.lastSeq };
}
