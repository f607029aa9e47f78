import { DataRefused, type LaneStore } from './lane-store.ts';
import { type Plan, planBatch } from './plan.ts';
import type { DeviceEpoch, Entry } from './types.ts';

export interface BatchEnds<Value> {
  /** A part of the batch is committed. */
  stored(entries: readonly Entry<Value>[], plan: Plan<Value>): void;
  /** Even with its only row refused it can't be stored: its person is gone. */
  unstorable(entry: Entry<Value>): void;
}

/**
 * Stores a batch. When the data is at fault, halves it until the bad row is alone; that one is refused as `invalid`
 * and the rest is stored. Any other error is thrown; what was committed by then falls away when the batch is sent again.
 */
export async function storeBatch<Value>(
  store: LaneStore<Value>,
  entries: readonly Entry<Value>[],
  ends: BatchEnds<Value>,
): Promise<void> {
  const plan = await committed(store, entries);
  if (plan) {
    ends.stored(entries, plan);
    return;
  }
  const parts = smaller(entries);
  if (parts.length === 0) for (const entry of entries) ends.unstorable(entry);
  // One after the other: numbers of one device may be in both halves.
  for (const part of parts) await storeBatch(store, part, ends);
}

/** Null: the store has refused a value of it. */
async function committed<Value>(
  store: LaneStore<Value>,
  entries: readonly Entry<Value>[],
): Promise<Plan<Value> | null> {
  try {
    return await store.commit(devicesOf(entries), (cursors) => planBatch(entries, cursors));
  } catch (error) {
    if (error instanceof DataRefused) return null;
    throw error;
  }
}

function devicesOf(entries: readonly Entry<unknown>[]): DeviceEpoch[] {
  return [...new Map(entries.map(({ key, device }) => [key, device])).values()];
}

/** Two halves; of a single row, itself as refused; of what can't become smaller, nothing. */
function smaller<Value>(entries: readonly Entry<Value>[]): readonly (readonly Entry<Value>[])[] {
  const [entry] = entries;
  if (entry === undefined) return [];
  if (entries.length > 1) {
    const middle = entries.length >> 1;
    return [entries.slice(0, middle), entries.slice(middle)];
  }
  const [only] = entry.rows;
  if (only === undefined) return [];
  if (entry.rows.length > 1) {
    const middle = entry.rows.length >> 1;
    return [[part(entry, 0, middle)], [part(entry, middle, entry.rows.length)]];
  }
  if ('refused' in only) return [];
  return [[{ ...entry, rows: [{ seq: only.seq, refused: 'invalid' }] }]];
}

function part<Value>(entry: Entry<Value>, from: number, to: number): Entry<Value> {
  const rows = entry.rows.slice(from, to);
  return { ...entry, rows, lastSeq: rows.at(-1)?.seq ?? entry.lastSeq };
}
