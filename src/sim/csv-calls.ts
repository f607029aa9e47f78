import type { CallWords } from './call-types.ts';
import { type Cell, type CsvSource, eachRow, firstFullDayOf, pointIn, pointOf } from './cells.ts';
import type { Refusals } from './refusals.ts';
import type { SimulatedCall } from './scenario.ts';
import { type DayWindow, midnightMs } from './schedule.ts';

/** A file of emergency calls and how to read it. */
export interface CallsSource extends CsvSource {
  readonly words: CallWords;
}

export interface CallsRead {
  readonly calls: SimulatedCall[];
  readonly rows: number;
  readonly units: number;
  readonly outsideWindow: number;
}

export const CALLS_COLUMNS = {
  flag: '--calls-columns',
  known: ['id', 'unit', 'receivedAt', 'location', 'lat', 'lon', 'type', 'priority'],
  oneOf: [
    ['id', 'receivedAt', 'location'],
    ['id', 'receivedAt', 'lat', 'lon'],
  ],
} as const;

/** The first civil day that the file covers from end to end. */
export function firstFullDayOfCalls(source: CallsSource): Promise<number> {
  return firstFullDayOf(source, 'receivedAt', '--calls-columns and --calls-time-format');
}

/**
 * The calls of one day's window, in order of time. A call has a row for each unit that was sent: its first usable row
 * counts, the others only add units. Rows that can't be used are counted by reason; those of other times apart.
 */
export async function readCalls(
  source: CallsSource,
  day: number,
  window: DayWindow,
  refusals: Refusals,
): Promise<CallsRead> {
  const startMs = midnightMs(day, source.utcOffsetMs) + window.fromMs;
  const calls = new Map<string, SimulatedCall>();
  const units = new Set<string>();
  let rows = 0;
  let outsideWindow = 0;
  await eachRow(source, (cell) => {
    rows += 1;
    const read = cell === null ? 'bad_row' : readCall(cell, source);
    if (typeof read === 'string') return refusals.add(read);
    const offsetMs = read.atMs - startMs;
    if (offsetMs < 0 || offsetMs >= window.durationMs) {
      outsideWindow += 1;
      return;
    }
    if (read.unit !== '') units.add(read.unit);
    if (!calls.has(read.call.callId)) calls.set(read.call.callId, { ...read.call, offsetMs });
  });
  const inOrder = [...calls.values()].sort((a, b) => a.offsetMs - b.offsetMs);
  return { calls: inOrder, rows, units: units.size, outsideWindow };
}

function readCall(cell: Cell, { time, words, columns }: CallsSource) {
  const callId = cell('id').trim();
  if (callId === '') return 'missing_id';
  const atMs = time(cell('receivedAt'));
  if (atMs === null) return 'bad_time';
  const point = columns.has('location') ? pointIn(cell('location')) : pointOf(cell('lat'), cell('lon'));
  if (point === null) return 'bad_position';
  const emergencyType = words.type(cell('type'));
  const priority = words.priority(cell('priority'));
  return { atMs, unit: cell('unit').trim(), call: { callId, point, emergencyType, priority } };
}
