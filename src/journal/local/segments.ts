import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { JournalFiles } from './files.ts';
import { type Frame, type LocalEntry, scanFrames } from './frame.ts';

/** One file of the journal. */
export interface Segment {
  readonly number: number;
  /** Up to the end of its last whole frame. */
  bytes: number;
  /** Its entries that are not done with, counted by who keeps them. */
  keptCount: number;
  /** Something in it was spoiled after it had been written. */
  readonly isDamaged: boolean;
}

export interface Found {
  readonly segments: readonly Segment[];
  readonly kept: readonly { readonly entry: LocalEntry; readonly segment: Segment }[];
  readonly lastSeq: number;
}

const NAME = /^(\d{8})\.journal$/;

export const segmentName = (number: number): string => `${String(number).padStart(8, '0')}.journal`;

/** Reads every file in its order, cuts off what was never acknowledged, and reports what has been spoiled. */
export async function readSegments({
  files,
  log,
  metrics,
  doneLane,
}: {
  readonly files: JournalFiles;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly doneLane: number;
}): Promise<Found> {
  const numbers = (await files.list())
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const segments: Segment[] = [];
  const kept = new Map<string, Found['kept'][number]>();
  let lastSeq = 0;
  for (const number of numbers) {
    const bytes = await files.read(segmentName(number));
    const { frames, damage, endsAt } = scanFrames(bytes);
    if (endsAt < bytes.length) {
      log.warn(
        { file: segmentName(number), from: endsAt, bytes: bytes.length - endsAt },
        'the end of a file of the local journal was cut off: it was never acknowledged',
      );
      await files.cut(segmentName(number), endsAt);
    }
    const missing = holes(frames, lastSeq);
    const isDamaged = damage.length > 0 || missing > 0;
    if (isDamaged) {
      metrics.count('local_journal_damage_total');
      log.error(
        {
          file: segmentName(number),
          places: damage.length,
          from: damage[0]?.from,
          to: damage[0]?.to,
          missing,
        },
        'a file of the local journal was spoiled; what is whole in it is used, and the file is kept',
      );
    }
    const segment: Segment = { number, bytes: endsAt, keptCount: 0, isDamaged };
    segments.push(segment);
    for (const { entries } of frames)
      for (const entry of entries) {
        if (entry.lane === doneLane) kept.delete(entry.id);
        else if (!kept.has(entry.id)) kept.set(entry.id, { entry, segment });
      }
    lastSeq = Math.max(lastSeq, frames.at(-1)?.seq ?? 0);
  }
  return { segments, kept: [...kept.values()], lastSeq };
}

/** Frames that were there between the first and the last that are. Those before the oldest file were done with. */
function holes(frames: readonly Frame[], lastSeq: number): number {
  let missing = 0;
  let before = lastSeq;
  for (const { seq } of frames) {
    if (before > 0 && seq > before + 1) missing += seq - before - 1;
    before = seq;
  }
  return missing;
}
