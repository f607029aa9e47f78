import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { Extension } from '@electric-sql/pglite';

/** Rasters, topologies, street addresses, and scripts for databases that were made without extensions: nothing uses them. */
const UNUSED = /\/postgis_(?:raster|topology|tiger_geocoder)[-.]|\/contrib\/|--unpackaged--/;

const BLOCK = 512;
const NAME_BYTES = 100;
const [SIZE_AT, SIZE_END] = [124, 136];
/** USTAR: names that are longer begin here. */
const [PREFIX_AT, PREFIX_END] = [345, 500];

/**
 * An extension that loads only what we use of it. PGlite unpacks the whole bundle at every start and checks every library in
 * it; two thirds of PostGIS are libraries of which we call nothing. What is kept is written to `file` once; where that can't be,
 * the extension is loaded as it comes.
 */
export function onlyWhatIsUsed(extension: Extension, file: string): Extension {
  return {
    name: extension.name,
    setup: async (...given) => {
      const result = await extension.setup(...given);
      const { bundlePath } = result;
      if (!bundlePath) return result;
      return { ...result, bundlePath: (await keep(bundlePath, file)) ? pathToFileURL(file) : bundlePath };
    },
  };
}

/** False where the place is not writable. */
async function keep(bundle: URL, file: string): Promise<boolean> {
  if (existsSync(file)) return true;
  const unfinished = `${file}.new-${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(unfinished, 'w');
    try {
      const whole = await promisify(gunzip)(await readFile(bundle));
      // Not made smaller: it would only be made larger again at every start.
      await handle.writeFile(
        await promisify(gzip)(withoutUnused(whole), { level: constants.Z_NO_COMPRESSION }),
      );
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
    return true;
  } catch {
    await rm(unfinished, { force: true }).catch(() => {});
    return false;
  }
}

/** The archive (tar, plain names as in POSIX.1-1988) without the entries that nothing uses. */
export function withoutUnused(archive: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const bytes = Number.parseInt(header.toString('latin1', SIZE_AT, SIZE_END), 8);
    if (!Number.isSafeInteger(bytes)) throw new Error('the bundle is no archive');
    const end = at + BLOCK + Math.ceil(bytes / BLOCK) * BLOCK;
    if (!UNUSED.test(nameIn(header))) kept.push(archive.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, Buffer.alloc(2 * BLOCK)]);
}

function nameIn(header: Buffer): string {
  const text = (from: number, to: number) => header.toString('utf8', from, to).split('\0')[0] ?? '';
  return `/${text(PREFIX_AT, PREFIX_END)}/${text(0, NAME_BYTES)}`;
}
