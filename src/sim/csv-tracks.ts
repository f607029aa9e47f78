import { must } from '../lib/assert.ts';
import { type Cell, type CsvSource, eachRow, firstFullDayOf, pointOf } from './cells.ts';
import type { Refusals } from './refusals.ts';
import type { SimulatedFix } from './scenario.ts';
import { type DayWindow, midnightMs } from './schedule.ts';
import type { TimeReader } from './time-format.ts';

export interface TracksRead {
  /** Names of the vehicles, in the order of {@link SimulatedFix.responder}. */
  readonly vehicles: readonly string[];
  /** All fixes in the window, in order of time. */
  readonly fixes: readonly SimulatedFix[];
  readonly rows: number;
  readonly outsideWindow: number;
}

export const TRACKS_COLUMNS = {
  flag: '--tracks-columns',
  known: ['at', 'id', 'lat', 'lon'],
  oneOf: [['at', 'id', 'lat', 'lon']],
} as const;

/** The first civil day that the file covers from end to end. */
export function firstFullDayOfTracks(source: CsvSource): Promise<number> {
  return firstFullDayOf(source, 'at', '--tracks-columns and --tracks-time-format');
}

/**
 * The fixes of one day's window. The file may be in any order; outliers stay in, because judging them is the engine's
 * work. Vehicles without a fix in the window are left out.
 */
export async function readTracks(
  source: CsvSource,
  day: number,
  window: DayWindow,
  refusals: Refusals,
): Promise<TracksRead> {
  const startMs = midnightMs(day, source.utcOffsetMs) + window.fromMs;
  const vehicles = new Map<string, number>();
  const fixes: SimulatedFix[] = [];
  let rows = 0;
  let outsideWindow = 0;
  await eachRow(source, (cell) => {
    rows += 1;
    const read = cell === null ? 'bad_row' : readFix(cell, source.time);
    if (typeof read === 'string') return refusals.add(read);
    const offsetMs = read.atMs - startMs;
    if (offsetMs < 0 || offsetMs >= window.durationMs) {
      outsideWindow += 1;
      return;
    }
    if (!vehicles.has(read.id)) vehicles.set(read.id, vehicles.size);
    const responder = must(vehicles.get(read.id), 'the index of a vehicle that was just added');
    fixes.push({ responder, offsetMs, point: read.point });
  });
  fixes.sort((a, b) => a.offsetMs - b.offsetMs);
  return { vehicles: [...vehicles.keys()], fixes, rows, outsideWindow };
}

function readFix(cell: Cell, time: TimeReader) {
  const id = cell('id').trim();
  if (id === '') return 'missing_id';
  const atMs = time(cell('at'));
  if (atMs === null) return 'bad_time';
  const point = pointOf(cell('lat'), cell('lon'));
  return point === null ? 'bad_position' : { id, atMs, point };
}
