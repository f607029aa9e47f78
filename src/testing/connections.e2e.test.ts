import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterHttp, type SignedIn } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City } from './city.ts';
import { engines, type TestDatabase } from './databases.ts';
import { embeddedDataDir, openNodeDatabase } from './node-database.ts';
import { FakeCloud } from './telemetry/fake-cloud.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 20_000 };

describe.each(engines)('a person and their wearable, with %s', (engine) => {
  let database: TestDatabase | undefined;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
  let node: OwnEngine;
  let cloud: FakeCloud;
  let city: City;
  let http: MusterHttp;
  const folder = mkdtempSync(join(tmpdir(), 'muster-wearables-'));
  const lines: string[] = [];

  beforeAll(async () => {
    if (engine === 'postgres') database = await openNodeDatabase();
    cloud = await FakeCloud.start();
    const startMs = Math.floor(systemClock.nowMs() / 1_000) * 1_000 - 3_600_000;
    cloud.activities = [{ id: 1, startMs, heartRates: [88, 89, 90] }];
    const wearables = join(folder, 'wearables.json');
    writeFileSync(wearables, cloud.clients, { mode: 0o600 });
    embedded = engine === 'pglite' ? await embeddedDataDir() : undefined;
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
      ...(embedded && { dataDir: embedded.dataDir }),
      env: { ...process.env, MUSTER_WEARABLES_FILE: wearables },
      onDeath: () => {},
      onLine: (line) => lines.push(line),
    });
    city = new City(node.url);
    http = new MusterHttp(node.url);
    await city.firstAdmin(node.setupToken ?? '');
  });
  afterAll(async () => {
    await city?.close();
    await node?.remove();
    await cloud?.stop();
    await database?.stop();
    await embedded?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const person = async (): Promise<SignedIn> => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    await http.register({ ...credentials, name: 'Wearer' });
    return http.signIn(credentials);
  };
  const goneThere = async (token: string) => {
    const { authorizationUrl } = await http.connections.begin(token, 'strava', 'Watch');
    const back = await cloud.agree(authorizationUrl);
    expect(back.origin + back.pathname).toBe(`${node.url}/v1/connections/callback`);
    return { state: back.searchParams.get('state') ?? '', code: back.searchParams.get('code') ?? '' };
  };
  const read = (token: string, id: string, syncs: number) =>
    until(
      async () => {
        const logs = await http.connections.logs(token, id);
        return logs.filter(({ status }) => status === 'success').length >= syncs;
      },
      { ...soon, what: 'a reading' },
    );

  test('connects, is read, has it in their series once, and takes it back', async () => {
    const { accessToken: token, userId } = await person();
    expect(await http.connections.providers(token)).toMatchObject([{ provider: 'strava', title: 'Strava' }]);
    const { id } = await http.connections.confirm(token, await goneThere(token));
    await read(token, id, 1);
    // The same once more: by hand it is read at most once a minute.
    await expect(http.connections.syncNow(token, id)).rejects.toMatchObject({ code: 'rate_limited' });
    // Connected again it is read again.
    expect(await http.connections.confirm(token, await goneThere(token))).toMatchObject({ id });
    await read(token, id, 2);
    const csv = await http.history.vitalsCsv(token, userId);
    expect(csv.trim().split('\n')).toHaveLength(4);
    expect(csv).toContain('sync');
    const exported = JSON.stringify(await http.rights.exportMe(token));
    expect(exported).toContain('device_connections');
    expect(exported).toContain('Watch');
    expect(exported).not.toContain('access_token');
    expect(await http.connections.disconnect(token, id)).toEqual({ revoked: true });
    expect(await http.connections.list(token)).toEqual([]);
  });

  test('is the only one who can end what they began', async () => {
    const [mine, theirs] = [await person(), await person()];
    const back = await goneThere(mine.accessToken);
    await expect(http.connections.confirm(theirs.accessToken, back)).rejects.toMatchObject({
      code: 'consent_refused',
    });
    await expect(http.connections.confirm(mine.accessToken, back)).rejects.toMatchObject({
      code: 'consent_refused',
    });
    expect(await http.connections.list(theirs.accessToken)).toEqual([]);
  });

  test('hears in their inbox that the provider was told otherwise', async () => {
    const somebody = await city.patient();
    const token = await somebody.token();
    // Whatever token it is given out for, it knows none of them.
    cloud.trouble = { status: 401 };
    const { id } = await http.connections.confirm(token, await goneThere(token));
    const told = await until(() => somebody.inbox.find(({ type }) => type === 'connection.failing'), {
      ...soon,
      what: 'the notice',
    });
    expect(told.data).toMatchObject({ connectionId: id, provider: 'strava', reason: 'needs_consent' });
    expect(await http.connections.list(token)).toMatchObject([{ inactiveReason: 'needs_consent' }]);
    cloud.trouble = null;
  });

  test('comes back to a page that tells nobody where they come from', async () => {
    const answer = await fetch(`${node.url}/v1/connections/callback?state=the-state&code=the-code`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(await answer.text()).not.toContain('the-code');
  });

  test('is in no line of the log with any token, code or measurement', () => {
    const said = lines.join('\n');
    expect(said).toContain('a connection could not be read');
    expect(cloud.givenOut.size).toBeGreaterThanOrEqual(4);
    const secrets = [...cloud.givenOut, cloud.clientSecret, 'the-code', 'the-state'];
    for (const secret of secrets) expect(said).not.toContain(secret);
  });
});
