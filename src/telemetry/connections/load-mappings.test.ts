import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { loadProviders } from './load-mappings.ts';

const SHIPPED = new URL('deploy/wearables/', packageRoot).pathname;

describe('what an operator sets up', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-wearables-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const written = async (name: string, value: unknown, mode = 0o600) => {
    const path = join(folder, name);
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
    await chmod(path, mode);
    return path;
  };
  const clients = (value: unknown, mode?: number) => written('clients.json', value, mode);
  const problem = async (value: unknown, mappings = SHIPPED) =>
    loadProviders(mappings, await clients(value)).then(
      () => '',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test('is nothing without a file of clients', async () => {
    expect(await loadProviders(SHIPPED, null)).toEqual([]);
  });

  test('is the providers that it names, with the secret from a file of its own', async () => {
    const clientSecretFile = await written('secret', 'the-secret\n');
    const [strava, polar] = await loadProviders(
      SHIPPED,
      await clients({
        strava: { clientId: '12', clientSecretFile },
        polar: { clientId: 'id', clientSecret: 's', hosts: { api: 'https://relay.example.org/polar' } },
      }),
    );
    expect(strava).toMatchObject({ provider: 'strava', client: { id: '12', secret: 'the-secret' } });
    expect(polar?.hosts).toEqual({
      auth: 'https://flow.polar.com',
      token: 'https://polarremote.com',
      api: 'https://relay.example.org/polar',
    });
  });

  test.each([
    [
      'a provider without a mapping',
      { garmin: { clientId: '1', clientSecret: 's' } },
      'garmin: there is no mapping of it',
    ],
    ['no secret', { strava: { clientId: '1' } }, 'strava: expected clientSecretFile or clientSecret'],
    ['an empty id', { strava: { clientId: '', clientSecret: 's' } }, 'strava.clientId'],
    [
      'two secrets',
      { strava: { clientId: '1', clientSecret: 's', clientSecretFile: 'f' } },
      'strava: has both',
    ],
    [
      'a host that is none',
      { strava: { clientId: '1', clientSecret: 's', hosts: { web: 'https://x' } } },
      'hosts.web',
    ],
    [
      'plain HTTP',
      { strava: { clientId: '1', clientSecret: 's', hosts: { api: 'http://example.org' } } },
      'hosts.api',
    ],
    [
      'a user in it',
      { strava: { clientId: '1', clientSecret: 's', hosts: { api: 'https://u:p@example.org' } } },
      'hosts.api',
    ],
    [
      'no address of what has none of its own',
      { samsung: { clientId: '1', clientSecret: 's' } },
      'hosts.auth: is not set',
    ],
    ['no JSON', '{', 'is no JSON'],
  ])('is refused with %s, naming file and field', async (_what, value, why) => {
    const said = await problem(value);
    expect(said).toContain('WearablesRefused');
    expect(said).toContain('clients.json');
    expect(said).toContain(why);
  });

  test('is refused when others can read it', async () => {
    const path = await clients({}, 0o644);
    await expect(loadProviders(SHIPPED, path)).rejects.toThrow('chmod 600');
  });

  test('can be a folder of mappings of one’s own, each checked by file and field', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    await writeFile(join(own, 'acme.json'), JSON.stringify({ provider: 'acme', title: 'Acme', hosts: {} }));
    await writeFile(join(own, 'readme.md'), 'not looked at');
    expect(await problem({}, own)).toMatch(/acme\.json: oauth/);
    expect(await problem({}, join(folder, 'nowhere'))).toContain('is no folder of mapping files');
  });
});
