import { uuidV7Floor } from '../lib/ids.ts';

/** One partition that should exist: its name after the table's, and its bounds as values of the partition key. */
export interface PartitionRange {
  readonly suffix: string;
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
const DAYS = { behind: 1, ahead: 3 };
const MONTHS = { behind: 1, ahead: 2 };

/** Days of UTC around now, bounded by timestamps: yesterday, today and three ahead. */
export function dayRanges(nowMs: number): PartitionRange[] {
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return around(DAYS, (offset) => {
    const fromMs = todayMs + offset * DAY_MS;
    const from = new Date(fromMs).toISOString();
    return {
      suffix: from.slice(0, 10).replaceAll('-', '_'),
      from,
      to: new Date(fromMs + DAY_MS).toISOString(),
    };
  });
}

/** Months of UTC around now, bounded by the lowest UUIDv7 of each: the one before, this one and two ahead. */
export function monthRanges(nowMs: number): PartitionRange[] {
  const now = new Date(nowMs);
  const startMs = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1);
  return around(MONTHS, (offset) => ({
    suffix: new Date(startMs(offset)).toISOString().slice(0, 7).replace('-', '_'),
    from: uuidV7Floor(startMs(offset)),
    to: uuidV7Floor(startMs(offset + 1)),
  }));
}

function around(
  { behind, ahead }: { behind: number; ahead: number },
  at: (offset: number) => PartitionRange,
): PartitionRange[] {
  return Array.from({ length: behind + 1 + ahead }, (_, i) => at(i - behind));
}
