import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, SQUARE } from './city.ts';
import type { TestDatabase } from './databases.ts';
import { TestSocket } from './gateway/test-socket.ts';
import { mmdbFile } from './mmdb.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const FROM_LONDON = '81.2.69.142';

interface Activities {
  readonly activities: readonly { userId: string; type: string; details: object; address: string }[];
  readonly off: readonly string[];
}

describe('a node that knows places of addresses', () => {
  let database: TestDatabase;
  let folder: string;
  let node: OwnEngine | null = null;
  const lines: string[] = [];

  const start = (env: Readonly<Record<string, string>>) => {
    const { connection } = database;
    const databaseUrl = 'connectionString' in connection ? connection.connectionString : null;
    const options = { databaseUrl, onDeath: () => {}, onLine: (line: string) => lines.push(line) };
    return OwnEngine.start({ ...options, env: { ...process.env, ...env } });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-elsewhere-'));
    database = await openNodeDatabase();
  });
  afterAll(async () => {
    await node?.remove();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('does not start with a file that is none, and says which', async () => {
    const file = join(folder, 'none.mmdb');
    await expect(start({ MUSTER_GEOIP_MMDB_FILE: file })).rejects.toThrow(
      `MUSTER_GEOIP_MMDB_FILE: ${file} can't be read`,
    );
  });

  test('answers an SOS from elsewhere like any other, and tells administrators', async () => {
    const file = join(folder, 'places.mmdb');
    const london = { lat: 51.51, lng: -0.12, accuracyKm: 10, country: 'GB' };
    await writeFile(file, mmdbFile({ '81.2.69.0/24': london }));
    node = await start({
      MUSTER_GEOIP_MMDB_FILE: file,
      MUSTER_TRUSTED_PROXIES: '127.0.0.1',
      MUSTER_REQUIRE_SECOND_FACTOR: 'false',
    });
    const { url, setupToken } = node;
    const city = new City(url);
    await city.firstAdmin(setupToken ?? '');
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
    const { accessToken } = await city.http.signIn(credentials);

    const at = `${url.replace('http', 'ws')}/v1/socket`;
    const socket = await TestSocket.open(at, { headers: { 'x-forwarded-for': FROM_LONDON } });
    socket.say('hello', { token: accessToken, client: 'test' });
    await socket.heard('welcome');
    const sos = { id: randomUUID(), emergencyType: 'MEDICAL', priority: 'HIGH', point: SQUARE };
    socket.say('sos.create', sos);
    const done = await socket.heard('done');
    expect(done.sosId).toBeDefined();
    socket.vanish();

    const token = await city.adminToken();
    const { activities, off } = await until(
      async () => {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${url}/v1/suspicious-activities?type=LOCATION_MISMATCH`, { headers });
        const body = (await answer.json()) as Activities;
        return body.activities.length > 0 && body;
      },
      { timeoutMs: 30_000, what: 'the mismatch' },
    );
    expect(off).toEqual([]);
    expect(activities).toMatchObject([
      {
        userId,
        type: 'LOCATION_MISMATCH',
        details: { withinKm: 10_000, country: 'GB' },
        address: FROM_LONDON,
      },
    ]);
    await city.close();
    expect(lines.some((line) => line.includes('the places of addresses are read'))).toBe(true);
  });
});
