import { readFile, stat } from 'node:fs/promises';
import { type CityResponse, Reader } from 'mmdb-lib';
import { isLatLng } from '../geo/lat-lng.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { AddressPlace, AddressPlaces } from './address-places.ts';

export interface MmdbParts {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The file of places can't be used. The message is one sentence that says what to do. */
export class PlacesFileError extends Error {
  override readonly name = 'PlacesFileError';
}

/** Such files are published weekly at most; nobody waits for this. */
const LOOK_EVERY_MS = 60_000;

interface Loaded {
  readonly reader: Reader<CityResponse>;
  /** Tells one file from the next under the same name. */
  readonly stamp: string;
}

/**
 * Places of addresses from a MaxMind DB file (format 2.0, fields as in GeoIP2 City), held in memory. The file is looked
 * at every minute and read anew when it has changed; one that can't be read then leaves the one before in use.
 */
export class MmdbPlaces implements AddressPlaces {
  readonly #parts: MmdbParts;
  #loaded: Loaded;
  #cancel: () => void;
  #stopped = false;
  #looks = 0;

  private constructor(parts: MmdbParts, loaded: Loaded) {
    this.#parts = parts;
    this.#loaded = loaded;
    this.#cancel = this.#lookLater();
  }

  /** Rejects with {@link PlacesFileError}. */
  static async open(parts: MmdbParts): Promise<MmdbPlaces> {
    const loaded = await load(parts.file);
    parts.log.info(about(loaded), 'the places of addresses are read');
    return new MmdbPlaces(parts, loaded);
  }

  placeOf(address: string): AddressPlace | null {
    try {
      return placeIn(this.#loaded.reader.get(address));
    } catch {
      // A file can be whole at its end, where it says what it is, and broken in between.
      this.#parts.metrics.count('accounts_address_places_failed_total');
      return null;
    }
  }

  /** How often the file was looked at again. */
  get looks(): number {
    return this.#looks;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #lookLater(): () => void {
    return this.#parts.clock.after(LOOK_EVERY_MS, () => {
      this.#look()
        .catch((error: unknown) =>
          this.#parts.log.warn(
            errorFields(error),
            'the file of places can not be read; the one before is used',
          ),
        )
        .finally(() => {
          this.#looks += 1;
          if (!this.#stopped) this.#cancel = this.#lookLater();
        });
    });
  }

  async #look(): Promise<void> {
    const { file, log } = this.#parts;
    if ((await stampOf(file)) === this.#loaded.stamp) return;
    this.#loaded = await load(file);
    log.info(about(this.#loaded), 'the places of addresses are read anew');
  }
}

/** Null, and said in the log: the operator names no file. Rejects with {@link PlacesFileError}. */
export async function openPlaces(
  parts: Omit<MmdbParts, 'file'> & { readonly file: string | null },
): Promise<MmdbPlaces | null> {
  const { file, log } = parts;
  if (file !== null) return MmdbPlaces.open({ ...parts, file });
  log.info({}, 'MUSTER_GEOIP_MMDB_FILE is not set: LOCATION_MISMATCH is not looked for');
  return null;
}

async function stampOf(file: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(file);
  return `${ino} ${mtimeMs} ${size}`;
}

async function load(file: string): Promise<Loaded> {
  // Before reading: a file that changes meanwhile is read again.
  const read = async () => ({ stamp: await stampOf(file), bytes: await readFile(file) });
  const { stamp, bytes } = await read().catch(() => {
    throw new PlacesFileError(
      `MUSTER_GEOIP_MMDB_FILE: ${file} can't be read: check its path and its permissions.`,
    );
  });
  try {
    return { stamp, reader: new Reader<CityResponse>(bytes) };
  } catch {
    throw new PlacesFileError(
      `MUSTER_GEOIP_MMDB_FILE: ${file} is no MaxMind DB file: take one with cities, such as GeoLite2-City.mmdb.`,
    );
  }
}

const about = ({ reader: { metadata } }: Loaded) => ({
  database: metadata.databaseType,
  builtAt: metadata.buildEpoch.toISOString(),
});

function placeIn(found: CityResponse | null): AddressPlace | null {
  const { latitude: lat, longitude: lng, accuracy_radius: accuracyKm = 0 } = found?.location ?? {};
  if (lat === undefined || lng === undefined || !isLatLng(lat, lng)) return null;
  return { lat, lng, accuracyM: accuracyKm * 1_000, country: found?.country?.iso_code ?? null };
}
