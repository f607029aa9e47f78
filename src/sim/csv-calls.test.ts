import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { callWords } from './call-types.ts';
import { parseColumns } from './columns.ts';
import { CALLS_COLUMNS, type CallsSource, firstFullDayOfCalls, readCalls } from './csv-calls.ts';
import { readTracks, TRACKS_COLUMNS } from './csv-tracks.ts';
import { Refusals } from './refusals.ts';
import { DAY_MS, localDay } from './schedule.ts';
import { parseUtcOffsetMs, timeReader } from './time-format.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.csv`);
  writeFileSync(path, text);
  return path;
}

const utcOffsetMs = parseUtcOffsetMs('-07:00');
const source = (
  text: string,
  columns = 'id=Call,receivedAt=Received,location=Where,type=Type,unit=Unit',
): CallsSource => ({
  path: file(text),
  columns: parseColumns(columns, CALLS_COLUMNS),
  time: timeReader('MM/dd/yyyy hh:mm:ss a', utcOffsetMs),
  utcOffsetMs,
  words: callWords(),
});
const HEADER = '\uFEFFCall,Unit,Received,Type,Where\n';
const wholeDay = { fromMs: 0, durationMs: DAY_MS };
const may1st = localDay(Date.UTC(2024, 4, 1, 12), utcOffsetMs);

async function read(text: string, window = wholeDay) {
  const refusals = new Refusals();
  const result = await readCalls(source(HEADER + text), may1st, window, refusals);
  return { ...result, refused: refusals.counts() };
}

describe('calls', () => {
  test('several rows of one call are one call, and the order is that of time', async () => {
    const { calls, rows, units } = await read(
      '7,E1,05/01/2024 11:53:08 PM,Medical Incident,"(37.7, -122.4)"\n' +
        '7,M2,05/01/2024 11:53:08 PM,Medical Incident,"(37.7, -122.4)"\n' +
        '6,E1,05/01/2024 12:00:05 AM,Structure Fire,"(37.8, -122.5)"\n',
    );
    expect({ rows, units }).toEqual({ rows: 3, units: 2 });
    expect(calls).toEqual([
      {
        callId: '6',
        offsetMs: 5_000,
        point: { lat: 37.8, lng: -122.5 },
        emergencyType: 'FIRE',
        priority: 'MEDIUM',
      },
      {
        callId: '7',
        offsetMs: ((23 * 60 + 53) * 60 + 8) * 1_000,
        point: { lat: 37.7, lng: -122.4 },
        emergencyType: 'MEDICAL',
        priority: 'MEDIUM',
      },
    ]);
  });

  test('bad rows are refused with their reason and the rest goes on', async () => {
    const { calls, refused, outsideWindow } = await read(
      '1,E1,05/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '2,E1,13/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '3,E1,02/30/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '4,E1,05/01/2024 01:00:00 AM,Alarms,"(97.7, -122.4)"\n' +
        '5,E1,05/01/2024 01:00:00 AM,Alarms,\n' +
        ',E1,05/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '8,E1,05/01/2024 01:00:00 AM\n' +
        '9,"E1"x,05/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '10,"E1,05/01/2024 01:00:00 AM,Alarms,(37.7 -122.4)\n' +
        '11,E1,05/02/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
        '12,"E\n1",05/01/2024 02:00:00 AM,Alarms,"(37.7, -122.4)"\n',
    );
    expect(calls.map((call) => call.callId)).toEqual(['1', '12']);
    expect(refused).toEqual({ bad_position: 2, bad_row: 3, bad_time: 2, missing_id: 1 });
    expect(outsideWindow).toBe(1);
  });

  test('a stray quote in a long file costs its own row only', async () => {
    const row = (id: number) => `${id},E1,05/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n`;
    let text = '';
    for (let id = 1; id <= 3_000; id++) text += id === 510 ? '510,"E1,x,Alarms,y\n' : row(id);
    const { calls, refused } = await read(text);
    expect(calls).toHaveLength(2_999);
    expect(refused).toEqual({ bad_row: 1 });
  });

  test('a call whose first row is bad is taken from a later one', async () => {
    const { calls } = await read(
      '1,E1,05/01/2024 01:00:00 AM,Alarms,nowhere\n1,E2,05/01/2024 01:00:00 AM,Alarms,"(37.7, -122.4)"\n',
    );
    expect(calls).toHaveLength(1);
  });

  test('only the window is replayed, and offsets count from its start', async () => {
    const text =
      '1,E1,05/01/2024 01:59:59 AM,Alarms,"(37.7, -122.4)"\n' +
      '2,E1,05/01/2024 02:00:00 AM,Alarms,"(37.7, -122.4)"\n' +
      '3,E1,05/01/2024 03:00:00 AM,Alarms,"(37.7, -122.4)"\n';
    const { calls, outsideWindow } = await read(text, { fromMs: 7_200_000, durationMs: 3_600_000 });
    expect(calls.map((call) => [call.callId, call.offsetMs])).toEqual([['2', 0]]);
    expect(outsideWindow).toBe(2);
  });

  test('the day is the first that the file covers from end to end', async () => {
    const row = (at: string) => `1,E1,${at},Alarms,"(37.7, -122.4)"\n`;
    const text =
      HEADER +
      row('05/02/2024 11:30:00 PM') +
      row('05/02/2024 12:10:00 AM') +
      row('05/01/2024 11:59:00 PM') +
      row('05/01/2024 08:00:00 AM');
    expect(await firstFullDayOfCalls(source(text))).toBe(may1st + 1);
  });

  test('a missing column is named, with those that exist', async () => {
    await expect(firstFullDayOfCalls(source('A,B\n1,2\n'))).rejects.toThrow(
      /has no column "Call" \(for id\); it has "A", "B"/,
    );
  });

  test('a missing file is one sentence', async () => {
    const missing = { ...source(HEADER), path: join(folder, 'nothing.csv') };
    await expect(firstFullDayOfCalls(missing)).rejects.toThrow(/nothing\.csv can't be read \(ENOENT\)/);
  });
});

describe('tracks', () => {
  test('fixes of many vehicles come in order of time, bad rows counted', async () => {
    const refusals = new Refusals();
    const startS = Date.UTC(2024, 4, 1, 7) / 1_000;
    const tracks = {
      path: file(
        `t,cab,lat,lon\n${startS + 60},b,37.7,-122.4\n${startS},a,37.8,-122.5\nsoon,a,37.8,-122.5\n` +
          `${startS + 1},,37.8,-122.5\n${startS + 2},a,NaN,-122.5\n${startS - 1},a,37.8,-122.5\n`,
      ),
      columns: parseColumns('at=t,id=cab,lat=lat,lon=lon', TRACKS_COLUMNS),
      time: timeReader('unix_s', 0),
      utcOffsetMs,
    };
    const read = await readTracks(tracks, may1st, wholeDay, refusals);
    expect(read.vehicles).toEqual(['b', 'a']);
    expect(read.fixes).toEqual([
      { responder: 1, offsetMs: 0, point: { lat: 37.8, lng: -122.5 } },
      { responder: 0, offsetMs: 60_000, point: { lat: 37.7, lng: -122.4 } },
    ]);
    expect(read.outsideWindow).toBe(1);
    expect(refusals.counts()).toEqual({ bad_position: 1, bad_time: 1, missing_id: 1 });
  });
});
