import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { mmdbFile } from '../testing/mmdb.ts';
import { until } from '../testing/until.ts';
import { MmdbPlaces, openPlaces, PlacesFileError } from './mmdb-places.ts';

const LONDON = { lat: 51.51, lng: -0.12, accuracyKm: 10, country: 'GB' };
const ZURICH = { lat: 47.37, lng: 8.54, accuracyKm: 50, country: 'CH' };
const NOWHERE = { lat: 91, lng: 0, accuracyKm: 0, country: 'XX' };

let folder: string;
let file: string;
let clock: ManualClock;
let open: MmdbPlaces | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-places-'));
  file = join(folder, 'places.mmdb');
  clock = new ManualClock();
});
afterEach(async () => {
  open?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As tools that fetch such files do: there is never half of one under its name. */
async function put(bytes: Uint8Array): Promise<void> {
  await writeFile(`${file}.new`, bytes);
  await rename(`${file}.new`, file);
}

const parts = () => ({ file, clock, log: silentLogger, metrics: noMetrics });
const begin = async () => {
  open = await MmdbPlaces.open(parts());
  return open;
};

test('an address is where the longest way down the tree leads, whatever its version', async () => {
  await put(
    mmdbFile({ '81.2.69.0/24': LONDON, '81.2.70.128/25': ZURICH, '2a02:1200:0:0:0:0:0:0/32': ZURICH }),
  );
  const places = await begin();
  const london = { lat: 51.51, lng: -0.12, accuracyM: 10_000, country: 'GB' };
  const zurich = { lat: 47.37, lng: 8.54, accuracyM: 50_000, country: 'CH' };
  expect(places.placeOf('81.2.69.142')).toEqual(london);
  expect(places.placeOf('81.2.70.200')).toEqual(zurich);
  expect(places.placeOf('2a02:1200::7')).toEqual(zurich);
  for (const elsewhere of ['81.2.70.1', '81.2.68.255', '8.8.8.8', '2a03::1']) {
    expect(places.placeOf(elsewhere)).toBeNull();
  }
});

test('what is no address, and what is no place, is nowhere', async () => {
  await put(mmdbFile({ '81.2.69.0/24': NOWHERE }));
  const places = await begin();
  expect(places.placeOf('81.2.69.1')).toBeNull();
  expect(places.placeOf('nonsense')).toBeNull();
  expect(places.placeOf('')).toBeNull();
});

describe('a file that can not be used', () => {
  test('because it is not there is named', async () => {
    await expect(MmdbPlaces.open(parts())).rejects.toThrow(
      `MUSTER_GEOIP_MMDB_FILE: ${file} can't be read: check its path and its permissions.`,
    );
  });

  test.each([
    ['because it is something else', () => Buffer.from('city,lat,lng\n')],
    ['because it is empty', () => Buffer.alloc(0)],
    ['because it is cut off', () => mmdbFile({ '81.2.69.0/24': LONDON }).subarray(0, -60)],
  ])('%s is named', async (_why, bytes) => {
    await put(bytes());
    await expect(MmdbPlaces.open(parts())).rejects.toThrow(PlacesFileError);
    await expect(MmdbPlaces.open(parts())).rejects.toThrow('is no MaxMind DB file');
  });
});

test('a file that changes is read within a minute; a broken one leaves the one before in use', async () => {
  await put(mmdbFile({ '81.2.69.0/24': LONDON }));
  const places = await begin();
  await put(Buffer.from('half of a'));
  await minutePasses();
  expect(places.placeOf('81.2.69.1')?.country).toBe('GB');
  await put(mmdbFile({ '81.2.69.0/24': ZURICH }));
  await minutePasses();
  expect(places.placeOf('81.2.69.1')?.country).toBe('CH');
});

/** Reading takes real time, so what comes next may be a minute or two later. */
async function minutePasses(): Promise<void> {
  const before = open?.looks ?? 0;
  clock.advance(60_000);
  await until(() => (open?.looks ?? 0) > before, { timeoutMs: 5_000, what: 'a look at the file' });
}

test('without a file there are no places, and the log says so', async () => {
  const said: string[] = [];
  const log = { ...silentLogger, info: (_fields: object, sentence: string) => said.push(sentence) };
  expect(await openPlaces({ ...parts(), log, file: null })).toBeNull();
  expect(said).toEqual(['MUSTER_GEOIP_MMDB_FILE is not set: LOCATION_MISMATCH is not looked for']);
});
