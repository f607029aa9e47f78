import { must } from '../../lib/assert.ts';
import type { DeviceEpoch, Entry, RefusedReason } from './types.ts';

/** A row as it is stored. */
export interface Stored<Value> {
  readonly device: DeviceEpoch;
  readonly seq: number;
  readonly value: Value;
  readonly receivedAtMs: number;
}

export interface RefusedRows {
  readonly device: DeviceEpoch;
  /** Midnight UTC of the day they were received, milliseconds. */
  readonly dayMs: number;
  readonly reason: RefusedReason;
  readonly rows: number;
}

/** What one transaction writes, given the cursors it has locked. */
export interface Plan<Value> {
  readonly kept: readonly Stored<Value>[];
  /** Cursors that move, and where to. */
  readonly cursors: readonly { readonly device: DeviceEpoch; readonly seq: number }[];
  readonly refused: readonly RefusedRows[];
  /** Where each cursor stands afterwards, by key: what may be acknowledged once this is committed. */
  readonly storedSeq: ReadonlyMap<string, number>;
  /** Entries beyond a hole: nothing of them is written. */
  readonly beyondHole: ReadonlySet<Entry<Value>>;
}

const DAY_MS = 86_400_000;

/**
 * Decides what of a batch is written. Pure, because the transaction around it may run more than once. Numbers at or
 * below the cursor are stored already and fall away; nothing is written beyond a hole (DESIGN 5, invariant 1).
 */
export function planBatch<Value>(
  entries: readonly Entry<Value>[],
  cursors: ReadonlyMap<string, number>,
): Plan<Value> {
  const storedSeq = new Map(cursors);
  const moved = new Map<string, DeviceEpoch>();
  const kept: Stored<Value>[] = [];
  const refused = new Map<string, RefusedRows>();
  const beyondHole = new Set<Entry<Value>>();

  for (const entry of entries) {
    const cursor = must(storedSeq.get(entry.key), 'a locked cursor for every device of the batch');
    const fresh = entry.rows.filter(({ seq }) => seq > cursor);
    const first = fresh[0];
    if (first === undefined) {
      if (entry.lastSeq > cursor) beyondHole.add(entry);
      continue;
    }
    if (first.seq > cursor + 1) {
      beyondHole.add(entry);
      continue;
    }
    const { device, receivedAtMs } = entry;
    for (const judged of fresh) {
      if ('refused' in judged) countRefused(refused, entry, judged.refused);
      else kept.push({ device, seq: judged.seq, value: judged.value, receivedAtMs });
    }
    storedSeq.set(entry.key, cursor + fresh.length);
    moved.set(entry.key, device);
  }

  return {
    kept,
    cursors: [...moved].map(([key, device]) => ({ device, seq: storedSeq.get(key) ?? 0 })),
    refused: [...refused.values()],
    storedSeq,
    beyondHole,
  };
}

function countRefused(
  counts: Map<string, RefusedRows>,
  { device, receivedAtMs }: Entry<unknown>,
  reason: RefusedReason,
): void {
  const dayMs = Math.floor(receivedAtMs / DAY_MS) * DAY_MS;
  const key = `${device.userId}/${device.deviceId}/${dayMs}/${reason}`;
  const before = counts.get(key)?.rows ?? 0;
  counts.set(key, { device, dayMs, reason, rows: before + 1 });
}
