import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTokenKeys, parseTokenKeys } from './token-keys.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('a file of token keys', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const written = async (name: string, text: string, mode: number) => {
    const path = join(folder, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };

  test('is made where there is none, for its owner alone, and is the same from then on', async () => {
    const dataDir = join(folder, 'new', 'data');
    const [made] = await openTokenKeys(null, dataDir);
    expect(made.key).toHaveLength(32);
    const path = join(dataDir, 'token-keys');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const [again] = await openTokenKeys(null, dataDir);
    expect(again).toEqual(made);
    expect(await readFile(path, 'utf8')).toContain(made.id);
  });

  test('names several keys in their order; empty lines and remarks are left out', () => {
    const text = `# since March\n\n2026:${KEY}\r\n2025:${KEY}\n`;
    expect(parseTokenKeys(text, 'keys').map(({ id }) => id)).toEqual(['2026', '2025']);
  });

  test.each([0o644, 0o604, 0o620, 0o660])(
    'is refused when others can read or change it (%o)',
    async (mode) => {
      const path = await written(`mode-${mode}`, `a:${KEY}\n`, mode);
      await expect(openTokenKeys(path, folder)).rejects.toThrow(/expected 0600: chmod 600 it/);
    },
  );

  test('may be readable by its group, as secrets in containers are', async () => {
    const path = await written('group', `a:${KEY}\n`, 0o440);
    expect(await openTokenKeys(path, folder)).toHaveLength(1);
  });

  test.each([
    ['nothing', '', 'holds no key'],
    ['a short key', 'a:c2hvcnQ=\n', 'line 1 is no key'],
    ['no name', `${KEY}\n`, 'line 1 is no key'],
    ['the same name twice', `a:${KEY}\na:${KEY}\n`, 'line 2 has the id of a line above'],
  ])('is refused with %s in it, without saying what stands there', (_what, text, why) => {
    const parse = () => parseTokenKeys(text, 'keys');
    expect(parse).toThrow(why);
    expect(parse).not.toThrow(KEY);
  });

  test('that the operator named has to be there', async () => {
    await expect(openTokenKeys(join(folder, 'nowhere'), folder)).rejects.toThrow(
      /can not be read \(ENOENT\)/,
    );
  });
});
