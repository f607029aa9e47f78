import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { openPlaceSearch } from './places.ts';
import { GazetteerError, readGazetteer } from './read-gazetteer.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-places-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const open = (file: string | null, geocoderUrl: string | null = null, geocoderTimeoutMs = 5_000) =>
  openPlaceSearch({
    file,
    geocoderUrl,
    geocoderTimeoutMs,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
async function names(search: Awaited<ReturnType<typeof open>>, words: string, limit = 5): Promise<string[]> {
  const found = await search.search(words, limit);
  if (!found.ok) throw new Error(found.code);
  return found.value.map(({ name }) => name);
}

const CSV = `\uFEFFID,NAME,ADDRESS,CITY,Type,LATITUDE,LONGITUDE
1,"St. Mary's Hospital","450 Stanyan Street","San Francisco",hospital,37.774,-122.454
2,Market Street,,San Francisco,road,37.7793,-122.4193
3,Markt,,Bern,square,46.948,7.447
4,Rathaus Zürich,"Limmatquai 55",Zürich,townhall,47.371,8.543
5,No place,,,,,
6,Off the earth,,,,137,8
`;

describe('a list of places', () => {
  test('is read from a CSV by the names of its columns; rows without a place are counted', async () => {
    const { places, skipped } = await readGazetteer(write('places.csv', CSV));
    expect(skipped).toBe(2);
    expect(places[0]).toEqual({
      name: "St. Mary's Hospital",
      address: '450 Stanyan Street, San Francisco',
      kind: 'hospital',
      point: { lat: 37.774, lng: -122.454 },
    });
  });

  test('is read as GeoNames publishes it', async () => {
    const row = ['2657896', 'Zürich', 'Zurich', 'Turicum', '47.36667', '8.55', 'P', 'PPLA', 'CH', '', 'ZH'];
    const file = write(
      'CH.txt',
      `${[...row, '', '', '', '341730', '', '429', 'Europe/Zurich', ''].join('\t')}\n`,
    );
    expect((await readGazetteer(file)).places).toEqual([
      { name: 'Zürich', address: 'ZH, CH', kind: 'PPLA', point: { lat: 47.36667, lng: 8.55 } },
    ]);
  });

  test('is read from GeoJSON, a road by a point of it', async () => {
    const feature = (name: string | undefined, type: string, coordinates: unknown) => ({
      type: 'Feature',
      properties: { name, kind: 'road' },
      geometry: { type, coordinates },
    });
    const line = [
      [9.51, 47.14],
      [9.52, 47.15],
      [9.53, 47.16],
    ];
    const features = [
      feature('Forellenweg', 'LineString', line),
      feature('Rathaus', 'Polygon', [line]),
      feature(undefined, 'Point', [9, 47]),
    ];
    const file = write('x.geojson', JSON.stringify({ type: 'FeatureCollection', features }));
    const { places, skipped } = await readGazetteer(file);
    expect(skipped).toBe(1);
    expect(places.map(({ name, point }) => [name, point.lat])).toEqual([
      ['Forellenweg', 47.15],
      ['Rathaus', 47.15],
    ]);
  });

  test.each([
    ['places.xls', 'x', /ends in/],
    ['nothing.csv', 'a,b\n1,2\n', /no columns name, latitude and longitude/],
    ['empty.csv', 'name,lat,lng\n', /no place with a name/],
    ['broken.geojson', '{', /can not be read/],
    ['other.json', '{}', /no features/],
  ])('%s is refused with a sentence', async (name, text, sentence) => {
    const file = write(name, text);
    await expect(readGazetteer(file)).rejects.toThrow(GazetteerError);
    await expect(readGazetteer(file)).rejects.toThrow(sentence);
  });

  test('that is not there is refused without its path', async () => {
    await expect(readGazetteer(join(folder, 'none.csv'))).rejects.toThrow(
      /^the file of places can not be read \(ENOENT\)$/,
    );
  });
});

describe('looking a place up', () => {
  test('takes beginnings, misheard words, missing accents and words of the address', async () => {
    const search = await open(write('places.csv', CSV));
    expect(await names(search, 'market str')).toEqual(['Market Street']);
    expect(await names(search, 'Hopsital Mary')).toEqual(["St. Mary's Hospital"]);
    expect(await names(search, 'rathaus zurich')).toEqual(['Rathaus Zürich']);
    expect(await names(search, '450 stanyan')).toEqual(["St. Mary's Hospital"]);
  });

  test('what is there letter by letter stands first, and a number that is not on the list is no reason to find nothing', async () => {
    const search = await open(write('places.csv', CSV));
    expect((await names(search, 'markt'))[0]).toBe('Markt');
    expect((await names(search, '1221 Market Street San Francisco'))[0]).toBe('Market Street');
    expect(await names(search, 'san francisco', 1)).toHaveLength(1);
    expect(await names(search, 'qqqq')).toEqual([]);
  });

  test('the list is held by a thread that ends with its node, and a bad one is refused at the start', async () => {
    const search = await open(write('places.csv', CSV));
    await search.stop();
    expect(await search.search('market', 5)).toMatchObject({ code: 'busy' });
    await expect(open(write('empty.csv', 'name,lat,lng\n'))).rejects.toThrow(/no place with a name/);
  });

  test('without anything to look in says so', async () => {
    expect(await (await open(null)).search('anywhere', 5)).toMatchObject({ code: 'places_off' });
  });
});

describe('a geocoder', () => {
  let server: Server;
  let url: string;
  let asked: URL[] = [];
  let answer: (path: URL) => { status: number; body: string } | null = () => null;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const at = new URL(request.url ?? '', url);
      asked.push(at);
      const said = answer(at);
      // Null: it never answers.
      if (said) response.writeHead(said.status, { location: 'http://127.0.0.1:1/' }).end(said.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/nominatim`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const rows = [
    {
      lat: '47.37',
      lon: '8.54',
      display_name: 'Bahnhofstrasse, Zürich',
      name: 'Bahnhofstrasse',
      type: 'road',
    },
    { lat: '97.37', lon: '8.54', display_name: 'Off the earth' },
    { lat: '47.38', lon: '8.55', display_name: 'Somewhere, Zürich' },
  ];

  test('is asked only for what the list does not have, and its answers are checked', async () => {
    answer = () => ({ status: 200, body: JSON.stringify(rows) });
    asked = [];
    const search = await open(write('places.csv', CSV), url);
    expect(await names(search, 'market street')).toEqual(['Market Street']);
    expect(asked).toEqual([]);
    const found = await search.search('bahnhof strasse', 5);
    expect(found).toEqual({
      ok: true,
      value: [
        {
          name: 'Bahnhofstrasse',
          address: 'Bahnhofstrasse, Zürich',
          kind: 'road',
          point: { lat: 47.37, lng: 8.54 },
        },
        { name: 'Somewhere, Zürich', address: null, kind: null, point: { lat: 47.38, lng: 8.55 } },
      ],
    });
    expect(asked.map((at) => [at.pathname, at.searchParams.get('q'), at.searchParams.get('limit')])).toEqual([
      ['/nominatim/search', 'bahnhof strasse', '5'],
    ]);
  });

  test.each<[what: string, answer: typeof answer, withinMs?: number]>([
    ['never answers', () => null, 100],
    ['fails', () => ({ status: 500, body: '' })],
    ['sends elsewhere', () => ({ status: 302, body: '' })],
    ['answers something else', () => ({ status: 200, body: '{"error":"no"}' })],
    ['answers without end', () => ({ status: 200, body: 'x'.repeat(2_000_000) })],
  ])('that %s is told as busy, in time', async (_what, said, withinMs) => {
    answer = said;
    const search = await open(null, url, withinMs);
    expect(await search.search('bahnhof', 5)).toMatchObject({
      code: 'busy',
      detail: expect.stringContaining('set the point on the map'),
    });
  });
});
