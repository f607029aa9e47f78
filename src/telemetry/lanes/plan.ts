import { must } from '../../lib/assert.ts';
import type { TimedFix } from '../positions/fix.ts';
import type { RefusedReason } from '../positions/pipeline.ts';
import type { DeviceEpoch, Entry, JudgedFix } from './types.ts';

export interface StoredFix {
  readonly device: DeviceEpoch;
  readonly seq: number;
  readonly fix: TimedFix;
  readonly late: boolean;
  readonly receivedAtMs: number;
}

export interface RefusedFixes {
  readonly device: DeviceEpoch;
  /** Midnight UTC of the day they were received, milliseconds. */
  readonly dayMs: number;
  readonly reason: RefusedReason;
  readonly fixes: number;
}

/** What one transaction writes, given the cursors it has locked. */
export interface Plan {
  readonly positions: readonly StoredFix[];
  /** Cursors that move, and where to. */
  readonly cursors: readonly { readonly device: DeviceEpoch; readonly seq: number }[];
  /** The newest live fix of each person. */
  readonly newest: readonly StoredFix[];
  readonly refused: readonly RefusedFixes[];
  /** Where each cursor stands afterwards, by key: what may be acknowledged once this is committed. */
  readonly storedSeq: ReadonlyMap<string, number>;
  /** Entries beyond a hole: nothing of them is written. */
  readonly beyondHole: ReadonlySet<Entry>;
}

const DAY_MS = 86_400_000;

/**
 * Decides what of a batch is written. Pure, because the transaction around it may run more than once. Numbers at or
 * below the cursor are stored already and fall away; nothing is written beyond a hole (DESIGN 5, invariant 1).
 */
export function planBatch(entries: readonly Entry[], cursors: ReadonlyMap<string, number>): Plan {
  const storedSeq = new Map(cursors);
  const moved = new Map<string, DeviceEpoch>();
  const positions: StoredFix[] = [];
  const newest = new Map<string, StoredFix>();
  const refused = new Map<string, RefusedFixes>();
  const beyondHole = new Set<Entry>();

  for (const entry of entries) {
    const cursor = must(storedSeq.get(entry.key), 'a locked cursor for every device of the batch');
    const fresh = entry.fixes.filter(({ seq }) => seq > cursor);
    const first = fresh[0];
    if (first === undefined) {
      if (entry.lastSeq > cursor) beyondHole.add(entry);
      continue;
    }
    if (first.seq > cursor + 1) {
      beyondHole.add(entry);
      continue;
    }
    for (const judged of fresh) {
      if ('refused' in judged) {
        countRefused(refused, entry, judged.refused);
        continue;
      }
      const stored = storedFix(entry, judged);
      positions.push(stored);
      if (!judged.late) newest.set(entry.device.userId, newer(newest.get(entry.device.userId), stored));
    }
    storedSeq.set(entry.key, cursor + fresh.length);
    moved.set(entry.key, entry.device);
  }

  return {
    positions,
    cursors: [...moved].map(([key, device]) => ({ device, seq: storedSeq.get(key) ?? 0 })),
    newest: [...newest.values()],
    refused: [...refused.values()],
    storedSeq,
    beyondHole,
  };
}

function storedFix(entry: Entry, judged: Extract<JudgedFix, { fix: TimedFix }>): StoredFix {
  const { seq, fix, late } = judged;
  return { device: entry.device, seq, fix, late, receivedAtMs: entry.receivedAtMs };
}

function newer(known: StoredFix | undefined, next: StoredFix): StoredFix {
  return known && known.receivedAtMs > next.receivedAtMs ? known : next;
}

function countRefused(counts: Map<string, RefusedFixes>, entry: Entry, reason: RefusedReason): void {
  const dayMs = Math.floor(entry.receivedAtMs / DAY_MS) * DAY_MS;
  const { userId, deviceId } = entry.device;
  const key = `${userId}/${deviceId}/${dayMs}/${reason}`;
  const before = counts.get(key)?.fixes ?? 0;
  counts.set(key, { device: entry.device, dayMs, reason, fixes: before + 1 });
}
