import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImportRow } from './import-row.ts';
import { type CsvOptions, readCsv } from './read-csv.ts';
import { readGpx } from './read-gpx.ts';
import { readRec } from './read-rec.ts';

async function* piecesOf(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}
async function all(rows: AsyncIterable<ImportRow>): Promise<ImportRow[]> {
  const read: ImportRow[] = [];
  for await (const row of rows) read.push(row);
  return read;
}
const csv = (lines: readonly string[], options: CsvOptions = {}) => all(readCsv(piecesOf(lines), options));
const rec = (lines: readonly string[]) => all(readRec(piecesOf(lines)));
const gpx = (...pieces: string[]) => all(readGpx(piecesOf(pieces)));

describe('CSV', () => {
  test.each([
    ['commas', 'time,lat,lon,accuracy', '2019-01-25T20:00:16Z,47.1,7.2,5'],
    [
      'semicolons, in another order',
      'user_id;longitude;latitude;accuracy;tracked_at',
      '0;7.2;47.1;5;2019-01-25 20:00:16.178999901',
    ],
    ['tabs', 'unix_s\tlat\tlng\tacc', '1548446416\t47.1\t7.2\t5'],
    ['quotes', '"time","lat","lon","accuracy"', '"2019-01-25T20:00:16Z","47.1","7.2","5"'],
    [
      'a mark of UTF-8 and capitals',
      '\uFEFFTime,Latitude,Longitude,Accuracy',
      '2019-01-25T20:00:16Z,47.1,7.2,5',
    ],
  ])('is read with %s', async (_what, header, line) => {
    const [row] = await csv([header, line]);
    expect(row).toMatchObject({ line: 2, fix: { lat: 47.1, lng: 7.2, accuracyM: 5 } });
    expect(Math.floor((row?.fix?.atMs ?? 0) / 1_000)).toBe(1_548_446_416);
  });

  test('takes columns that are called otherwise, other units, times and zones', async () => {
    const [row] = await csv(['when,y,x,v,h', '25.01.2019 21:00:16,47.1,7.2,36,1000'], {
      columns: { at: 'when', lat: 'y', lng: 'x', speed: 'v', altitude: 'h' },
      speedUnit: 'kmh',
      altitudeUnit: 'ft',
      time: (text) => (text === '25.01.2019 21:00:16' ? 1_548_446_416_000 : null),
    });
    expect(row?.fix).toMatchObject({ atMs: 1_548_446_416_000, lat: 47.1, speedMps: 10, altitudeM: 304.8 });
  });

  test('takes -1 and 0 for not known', async () => {
    const [row] = await csv(['time,lat,lon,accuracy,speed,heading,battery', '1548446416,47,7,0,-1,-1,-1']);
    expect(row?.fix).toMatchObject({ accuracyM: null, speedMps: null, headingDeg: null, batteryPct: null });
  });

  test('takes only the rows that are asked for', async () => {
    const lines = ['unix_s,cab,lat,lon', '1211353200,ada,37.7,-122.4', '1211353227,bo,37.8,-122.4'];
    const rows = await csv(lines, { only: { column: 'cab', value: 'bo' } });
    expect(rows).toMatchObject([{ line: 3, fix: { lat: 37.8 } }]);
  });

  test('says of each row that it does not use why, by its line', async () => {
    const rows = await csv([
      'time,lat,lon',
      '1548446416,47,7',
      '',
      '1548446416,91,7',
      'soon,47,7',
      '1548446416,47',
      '1,"47,7',
    ]);
    expect(rows.map((row) => [row.line, row.fix === null && row.problem])).toEqual([
      [2, false],
      [4, 'no place on earth'],
      [5, 'a time that can not be read'],
      [6, '2 cells instead of 3'],
      [7, 'a quote is not closed'],
    ]);
  });

  test.each([
    [['a,b', '1,2'], {}, /No column holds "at".*--columns at=NAME.*a, b/],
    [['time,lat,lon'], { columns: { speed: 'v' } }, /There is no column "v"; there are time, lat, lon/],
  ])('with a header that does not fit says what to do', async (lines, options, words) => {
    await expect(csv(lines, options)).rejects.toThrow(words);
  });
});

describe('an OwnTracks recorder file', () => {
  const line = (json: object | string, kind = '*                 ') =>
    `2015-08-24T05:55:07Z\t${kind}\t${typeof json === 'string' ? json : JSON.stringify(json)}`;

  test('is read by its JSON; -1 is not known, wills with textual times are no positions', async () => {
    const here = {
      _type: 'location',
      tst: 1_440_395_361,
      acc: 3_000,
      lat: 52.3,
      lon: 10,
      vel: -1,
      cog: -1,
      batt: 96,
    };
    const rows = await rec([
      line(here),
      line({ tst: '1440363922', _type: 'lwt' }, '-                 '),
      '',
      line('{"_ty'),
      'x',
    ]);
    expect(rows).toMatchObject([
      {
        line: 1,
        fix: { atMs: 1_440_395_361_000, accuracyM: 3_000, speedMps: null, headingDeg: null, batteryPct: 96 },
      },
      { line: 2, fix: null, problem: null },
      { line: 4, fix: null, problem: 'no JSON' },
      { line: 5, fix: null, problem: 'no JSON' },
    ]);
  });

  test('can not mean now by a location without its time', async () => {
    expect(await rec([line({ _type: 'location', lat: 1, lon: 2 })])).toMatchObject([
      { problem: 'tst: is missing' },
    ]);
  });
});

describe('GPX', () => {
  const point = (inside: string, at = 'lat="47.1" lon="7.2"') => `<trkpt ${at}>${inside}</trkpt>`;
  const file = (points: string) =>
    `<?xml version="1.0"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>\n${points}\n</trkseg></trk></gpx>`;
  const TIME = '<time>2019-01-25T20:00:16Z</time>';

  test('is read point by point, with speed and course of GPX 1.0 and of extensions', async () => {
    const extended = `<extensions><gpxtpx:TrackPointExtension xmlns:gpxtpx="x"><gpxtpx:speed>4</gpxtpx:speed><gpxtpx:course>90</gpxtpx:course></gpxtpx:TrackPointExtension></extensions>`;
    const rows = await gpx(
      file(
        `${point(`<ele>410.5</ele>${TIME}<speed>3</speed><course>-1</course>`)}\n${point(TIME + extended)}`,
      ),
    );
    expect(rows).toMatchObject([
      {
        line: 3,
        fix: {
          atMs: 1_548_446_416_000,
          lat: 47.1,
          lng: 7.2,
          altitudeM: 410.5,
          speedMps: 3,
          headingDeg: null,
        },
      },
      { line: 4, fix: { speedMps: 4, headingDeg: 90 } },
    ]);
  });

  test('of points without a time or a place says so; waypoints and routes are no way that somebody went', async () => {
    const other = `<wpt lat="1" lon="2">${TIME}</wpt><rte><rtept lat="1" lon="2">${TIME}</rtept></rte>`;
    const rows = await gpx(
      `<gpx>${other}<trk><trkseg>${point('')}${point(TIME, 'lat="x" lon="7"')}</trkseg></trk></gpx>`,
    );
    expect(rows.map((row) => row.fix === null && row.problem)).toEqual([
      'time: is missing',
      'lat, lon: no place on earth',
    ]);
  });

  test('may come in any pieces', async () => {
    const whole = file(`${point(TIME)}${point(`<time><![CDATA[2019-01-25T20:00:17Z]]></time>`)}`);
    const once = await gpx(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end));
        expect(await gpx(...pieces)).toEqual(once);
      }),
    );
  });

  test('that breaks off gives what came before and says where', async () => {
    const read: ImportRow[] = [];
    const reading = async () => {
      for await (const row of readGpx(piecesOf([file(point(TIME)).slice(0, -20)]))) read.push(row);
    };
    await expect(reading()).rejects.toThrow(/not XML/);
    expect(read).toMatchObject([{ fix: { lat: 47.1 } }]);
  });

  test('opens no entity of its own', async () => {
    const bomb = `<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><gpx><trk><trkseg>${point('<time>&b;</time>')}</trkseg></trk></gpx>`;
    await expect(gpx(bomb)).rejects.toThrow(/not XML/);
  });
});

describe('whatever a file holds', () => {
  const finite = (rows: readonly ImportRow[]) => {
    for (const { fix } of rows)
      for (const value of Object.values(fix ?? {}))
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  };

  test('reading it never throws but for its header, and gives no number that is none', async () => {
    const cell = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.constantFrom('', '-1', '1e999', 'NaN', '2019-01-25T20:00Z'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { maxLength: 6 }).map((cells) => cells.join(','))),
        async (lines) => {
          finite(await csv(['time,lat,lon,speed', ...lines]));
          finite(await rec(lines.map((one) => `x\t*\t${one}`)));
        },
      ),
      { numRuns: 500 },
    );
    const scrap = fc.constantFrom(
      '<trkpt lat="1" lon="2">',
      '</trkpt>',
      '<time>',
      '</time>',
      '2019',
      '&',
      '<gpx>',
      '</gpx>',
      '<',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(scrap), async (pieces) => {
        const outcome = await gpx(...pieces).catch((error: Error) => error.name);
        if (typeof outcome === 'string') expect(outcome).toBe('GpxBroken');
        else finite(outcome);
      }),
      { numRuns: 500 },
    );
  });
});
