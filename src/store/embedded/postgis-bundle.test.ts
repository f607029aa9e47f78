import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Extension, PGliteInterface } from '@electric-sql/pglite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onlyWhatIsUsed, withoutUnused } from './postgis-bundle.ts';

const USED = [
  'lib/postgresql/postgis-3.so',
  'share/proj/proj.db',
  'share/postgresql/extension/postgis.control',
];
const UNUSED = [
  'lib/postgresql/postgis_raster-3.so',
  'share/postgresql/extension/postgis_topology--3.6.2.sql',
  'share/postgresql/extension/postgis_tiger_geocoder.control',
  'share/postgresql/extension/postgis--unpackaged--3.6.2.sql',
  'share/postgresql/contrib/postgis-3.6/legacy.sql',
];

let root: string;
let bundle: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  bundle = path.join(root, 'postgis.tar.gz');
  writeFileSync(bundle, gzipSync(archiveOf([...UNUSED, ...USED])));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function archiveOf(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(`${(name.length * 20).toString(8).padStart(11, '0')}\0`, 124);
    const content = Buffer.alloc(Math.ceil((name.length * 20) / 512) * 512);
    content.write(name.repeat(20));
    return Buffer.concat([header, content]);
  });
  return Buffer.concat([...entries, Buffer.alloc(1_024)]);
}

const loadedFrom = async (file: string): Promise<string> => {
  const extension: Extension = {
    name: 'postgis',
    setup: async () => ({ bundlePath: pathToFileURL(bundle) }),
  };
  const { bundlePath } = await onlyWhatIsUsed(extension, file).setup({} as PGliteInterface, {});
  return fileURLToPath(bundlePath as URL);
};

test('what nothing uses is left out, and the rest is as it was', () => {
  expect(withoutUnused(archiveOf([...UNUSED, ...USED]))).toEqual(archiveOf(USED));
});

test('it is made once, with nothing left beside it', async () => {
  const file = path.join(root, 'cache', 'small.tar.gz');
  expect(await loadedFrom(file)).toBe(file);
  expect(gunzipSync(readFileSync(file))).toEqual(archiveOf(USED));
  rmSync(bundle);
  expect(await loadedFrom(file)).toBe(file);
  expect(readdirSync(path.dirname(file))).toEqual(['small.tar.gz']);
});

test('the whole is loaded where nothing can be written, or it is not what we know', async () => {
  expect(await loadedFrom(path.join(bundle, 'no folder', 'small.tar.gz'))).toBe(bundle);
  writeFileSync(bundle, gzipSync(Buffer.alloc(2_048, 'x')));
  expect(await loadedFrom(path.join(root, 'small.tar.gz'))).toBe(bundle);
});
