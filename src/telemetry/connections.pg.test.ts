import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import type { LogFields, Logger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { packageRoot } from '../lib/package-root.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { FakeCloud } from '../testing/telemetry/fake-cloud.ts';
import { until } from '../testing/until.ts';
import { askOverHttp } from './connections/ask.ts';
import { Connections } from './connections/connections.ts';
import { FAILURES_MAX } from './connections/failures.ts';
import { loadProviders } from './connections/load-mappings.ts';
import { OAuth } from './connections/oauth.ts';
import { Syncer } from './connections/syncer.ts';
import { type TokenKey, Vault } from './connections/vault.ts';
import type { LogEvent } from './log-event.ts';
import { pgConnectionSync } from './pg-connection-sync.ts';
import { pgConnections } from './pg-connections.ts';
import type { Sample } from './vitals/sample.ts';

const ADD_USER = sql('test_add_user', 'insert into accounts.users (id, email) values ($1, $2)');
const SUSPEND = sql('test_suspend', `update accounts.users set status = $2 where id = $1`);
const DUE = sql(
  'test_due',
  `update telemetry.device_connections
      set next_sync_at = now() - interval '1 second', not_before = null where user_id = $1`,
);
const ROW = sql(
  'test_connection',
  `select access_token, refresh_token, token_key_id, token_version, watermark, failures, last_error, lease_owner,
          extract(epoch from next_sync_at - now())::float8 as in_s, inactive_reason
     from telemetry.device_connections where user_id = $1`,
);
const LOGS = sql(
  'test_sync_logs',
  `select status, records_synced, samples_stored, error_code, error_message
     from telemetry.device_sync_logs where user_id = $1 order by id`,
);
const SAMPLES = sql(
  'test_synced',
  `select seq, recorded_at, heart_rate_bpm, source, late, device_id, doubts from telemetry.vitals_samples
    where person_id = $1 order by seq`,
);
const LEASE_OVER = sql(
  'test_lease_over',
  `update telemetry.device_connections set lease_until = now() - interval '1 second' where user_id = $1`,
);
const INBOX = sql(
  'test_inbox',
  `select type, data from journal.events where kind = 'inbox' and stream_id = $1`,
);
const CONSENTS = sql(
  'test_consents',
  'select count(*)::int as n from telemetry.connection_consents where user_id = $1',
);
const CONSENT_OVER = sql(
  'test_consent_over',
  `update telemetry.connection_consents set created_at = now() - interval '1 hour', expires_at = now() - interval '1 second'
    where user_id = $1`,
);

interface Row {
  readonly access_token: Buffer;
  readonly refresh_token: Buffer;
  readonly token_version: number;
  readonly failures: number;
  readonly last_error: string | null;
  readonly lease_owner: string | null;
  /** Until it is read next. */
  readonly in_s: number;
}

const key = (id: string): TokenKey => ({ id, key: randomBytes(32) });
const DAY_MS = 86_400_000;

describe.each(engines)('wearable connections on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let cloud: FakeCloud;
  let folder: string;
  let userId: string;
  let nodes: Syncer[];
  let told: Sample[];
  let notices: LogEvent[];
  const lines: { fields: LogFields; sentence: string }[] = [];
  const keys: [TokenKey, ...TokenKey[]] = [key('one')];
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(1));

  const note = (fields: LogFields, sentence: string) => lines.push({ fields, sentence });
  const log: Logger = { debug: note, info: note, warn: note, error: note, named: () => log };

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    folder = mkdtempSync(join(tmpdir(), 'muster-connections-'));
  });
  afterAll(async () => {
    await store?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    cloud = await FakeCloud.start();
    userId = randomUUID();
    await db.query(ADD_USER, [userId, `${userId}@example.org`]);
    [nodes, told, notices] = [[], [], []];
    return async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await cloud.stop();
    };
  });

  /** A node: what people ask of it, and what reads. */
  const node = async (parts: { keys?: [TokenKey, ...TokenKey[]]; atOnce?: number } = {}) => {
    const path = join(folder, 'clients.json');
    writeFileSync(path, cloud.clients);
    chmodSync(path, 0o600);
    const loaded = await loadProviders(new URL('deploy/wearables/', packageRoot).pathname, path);
    const ask = askOverHttp({ timeoutMs: 5_000, bytesMax: 4 * 1024 * 1024 });
    const providers = new Map(
      loaded.map((provider) => {
        const oauth = new OAuth(provider, 'http://127.0.0.1/back', ask, systemClock.nowMs);
        return [provider.provider, { provider, oauth }] as const;
      }),
    );
    const vault = new Vault(parts.keys ?? keys);
    const shared = { providers, vault, log, metrics: noMetrics, clock: systemClock, random: seededRandom(7) };
    const syncStore = pgConnectionSync(db, newId);
    const syncer = new Syncer({
      ...shared,
      ask,
      store: syncStore,
      timezoneOf: async () => 'Europe/Berlin',
      watch: { sampled: (sample) => told.push(sample) },
      publish: (notice) => notices.push(notice),
      owner: randomUUID(),
      settings: { atOnce: parts.atOnce ?? 4 },
    });
    nodes.push(syncer);
    const connections = new Connections({ ...shared, store: pgConnections(db), syncer, newId });
    return {
      syncer,
      syncStore,
      connections,
      vault,
      async sync() {
        await db.query(DUE, [userId]);
        await syncer.takeDue();
        await syncer.idle();
      },
      async connect(by = { userId }) {
        const begun = await connections.begin(by, 'strava', 'Watch');
        if (!begun.ok) throw new Error(begun.code);
        const back = (await cloud.agree(begun.value.authorizationUrl)).searchParams;
        return { state: back.get('state') ?? '', code: back.get('code') ?? '' };
      },
    };
  };
  const connected = async (parts: Parameters<typeof node>[0] = {}) => {
    const one = await node(parts);
    const made = await one.connections.confirm({ userId }, await one.connect());
    if (!made.ok) throw new Error(`${made.code} ${made.detail}`);
    await one.syncer.idle();
    return { ...one, id: made.value.id };
  };
  const row = async () => must((await db.query<Row>(ROW, [userId]))[0], 'a connection');
  const logs = () => db.query<{ status: string; error_code: string | null }>(LOGS, [userId]);
  const samples = () =>
    db.query<{ seq: number; recorded_at: number; heart_rate_bpm: number; late: boolean }>(SAMPLES, [userId]);
  const activity = (id: number, agoMs: number, heartRates: readonly number[]) => ({
    id,
    startMs: Math.floor((systemClock.nowMs() - agoMs) / 1_000) * 1_000,
    heartRates,
  });

  test('connecting leads to samples, stored once, numbered, and never a second time', async () => {
    cloud.activities = [
      activity(1, 3 * DAY_MS, [100, 101, 0, 103]),
      activity(2, 2 * DAY_MS, []),
      activity(3, DAY_MS, [400, 90]),
    ];
    const { sync, connections, id } = await connected();
    expect(await samples()).toMatchObject([
      { seq: 1, heart_rate_bpm: 100, source: 'sync', late: true, device_id: id, doubts: [] },
      { seq: 2, heart_rate_bpm: 101 },
      { seq: 3, heart_rate_bpm: 103 },
      { seq: 4, heart_rate_bpm: 400, doubts: ['heart_rate_bpm:above_plausible'] },
      { seq: 5, heart_rate_bpm: 90, doubts: [] },
    ]);
    expect((await samples())[2]?.recorded_at).toBe((cloud.activities[0]?.startMs ?? 0) + 3_000);
    const streams = cloud.asks(/streams/);
    await sync();
    await sync();
    expect(await samples()).toHaveLength(5);
    expect(cloud.asks(/streams/)).toBe(streams);
    // The same instants again, in a record of another name.
    cloud.activities = [
      ...cloud.activities,
      { ...must(cloud.activities[0], 'it'), id: 9, heartRates: [99, 99, 88] },
    ];
    await sync();
    expect((await samples()).map(({ heart_rate_bpm }) => heart_rate_bpm)).toEqual([
      100, 101, 103, 400, 90, 88,
    ]);
    expect(await logs()).toMatchObject([
      { status: 'success', records_synced: 2, samples_stored: 5, error_code: null },
      { status: 'success', records_synced: 0, samples_stored: 0 },
      { status: 'success', records_synced: 0, samples_stored: 0 },
      { status: 'success', records_synced: 1, samples_stored: 1 },
    ]);
    const [view] = await connections.list({ userId });
    expect(view).toMatchObject({ provider: 'strava', deviceName: 'Watch', isActive: true, failures: 0 });
    expect(view?.scopes).toEqual(['read', 'activity:read_all']);
    expect(view?.nextSyncAtMs ?? 0).toBeGreaterThan(systemClock.nowMs() + 50 * 60_000);
    expect(told).toEqual([]);
  });

  test('what was measured just now is told to whoever watches, in order, once it is stored', async () => {
    cloud.activities = [activity(1, 20_000, [61, 62, 63])];
    await connected();
    expect(told.map(({ vitals, late, source }) => [vitals.heartRateBpm, late, source])).toEqual([
      [61, false, 'sync'],
      [62, false, 'sync'],
      [63, false, 'sync'],
    ]);
  });

  test('a token that ended is renewed once, the new pair is stored, and the old one opens nothing', async () => {
    const { sync } = await connected();
    for (let turn = 0; turn < 3; turn++) {
      cloud.expireTokens();
      const before = await row();
      await sync();
      const after = await row();
      expect(after.token_version).toBe(before.token_version + 1);
      expect(Buffer.from(after.refresh_token).equals(before.refresh_token)).toBe(false);
    }
    expect((await logs()).map(({ status }) => status)).toEqual(['success', 'success', 'success', 'success']);
    cloud.tokenLifeS = 30;
    cloud.expireTokens();
    await sync();
    // It ends within the minute, so it is renewed before it is used: nobody is told 401.
    const asked = cloud.asks(/POST .*token/);
    await sync();
    expect(cloud.asks(/POST .*token/)).toBe(asked + 1);
    expect((await logs()).every(({ status }) => status === 'success')).toBe(true);
  });

  test('a fresh pair is not lost because the store did not answer at once', async () => {
    const { sync, syncStore } = await connected();
    const saveTokens = vi.spyOn(syncStore, 'saveTokens');
    saveTokens.mockRejectedValueOnce(Object.assign(new Error('away'), { code: 'store_unavailable' }));
    cloud.expireTokens();
    const before = await row();
    await sync();
    expect(saveTokens).toHaveBeenCalledTimes(2);
    expect(await row()).toMatchObject({ token_version: before.token_version + 1, last_error: null });
    expect((await logs()).map(({ status }) => status)).toEqual(['success', 'success']);
  });

  test('taken back at the provider it needs consent, says so once, and goes on where it was', async () => {
    cloud.activities = [activity(1, DAY_MS, [100])];
    const { sync, connections, connect, id, syncer } = await connected();
    cloud.takeBack();
    await sync();
    await sync();
    expect(await row()).toMatchObject({ inactive_reason: 'needs_consent', last_error: 'needs_consent' });
    expect(await db.query(INBOX, [userId])).toEqual([
      {
        type: 'connection.failing',
        data: { connectionId: id, provider: 'strava', reason: 'needs_consent', code: 'needs_consent' },
      },
    ]);
    expect(notices).toMatchObject([{ stream: `inbox:${userId}`, type: 'connection.failing' }]);
    expect(await connections.change({ userId }, id, { isActive: true })).toMatchObject({
      code: 'connection_inactive',
    });
    expect(await connections.syncNow({ userId }, id)).toMatchObject({ code: 'connection_inactive' });
    const again = await connections.confirm({ userId }, await connect());
    await syncer.idle();
    expect(again).toMatchObject({ ok: true, value: { id, isActive: true, failures: 0 } });
    expect(await samples()).toHaveLength(1);
  });

  test('while the provider is down it is tried again after growing waits, and in the end no more', async () => {
    const { sync, connections, id } = await connected();
    cloud.trouble = { status: 503 };
    const waits: number[] = [];
    for (let n = 1; n <= FAILURES_MAX; n++) {
      await sync();
      const { in_s, failures, last_error } = await row();
      waits.push(in_s);
      expect({ failures, last_error }).toEqual({ failures: n, last_error: 'provider_http_503' });
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(86_400);
    expect(Math.min(...waits)).toBeGreaterThan(50);
    expect(Math.max(...waits.slice(0, 3))).toBeLessThan(600);
    expect(await row()).toMatchObject({ inactive_reason: 'failing' });
    expect(notices).toMatchObject([{ data: { reason: 'failing', code: 'provider_http_503' } }]);
    const failed = (await logs()).at(-1);
    expect(failed).toMatchObject({ status: 'failed', error_code: 'provider_http_503' });
    expect(JSON.stringify(failed)).not.toContain('Vera');
    cloud.trouble = null;
    expect(await connections.change({ userId }, id, { isActive: true })).toMatchObject({
      ok: true,
      value: { isActive: true, failures: 0 },
    });
    await sync();
    expect((await logs()).at(-1)).toMatchObject({ status: 'success' });
  });

  test('one that asks to wait is left alone for as long as it says, and that is nobody’s failure', async () => {
    const { sync, connections, id, syncer } = await connected();
    cloud.trouble = { status: 429, headers: { 'retry-after': '7200' } };
    await sync();
    const { in_s, failures } = await row();
    expect(in_s).toBeGreaterThan(7_190);
    expect(failures).toBe(0);
    expect(await connections.syncNow({ userId }, id)).toMatchObject({ code: 'rate_limited' });
    const asked = cloud.asked.length;
    await db.query(DUE, [userId]);
    await syncer.takeDue();
    await syncer.idle();
    expect(cloud.asked).toHaveLength(asked);
  });

  test('what falls due while a node looks for what is due is read at once', async () => {
    const { syncer, syncStore } = await connected();
    const claim = syncStore.claim.bind(syncStore);
    let goOn = () => {};
    const looked = new Promise<void>((resolve) => {
      syncStore.claim = async (...order) => {
        syncStore.claim = claim;
        const claimed = await claim(...order);
        resolve();
        await new Promise<void>((resume) => {
          goOn = resume;
        });
        return claimed;
      };
    });
    const first = syncer.takeDue();
    await looked;
    await db.query(DUE, [userId]);
    const second = syncer.takeDue();
    goOn();
    await Promise.all([first, second]);
    await syncer.idle();
    expect(await logs()).toHaveLength(2);
  });

  test('two nodes at once read it once', async () => {
    cloud.activities = [activity(1, DAY_MS, [100, 101])];
    await connected();
    cloud.activities.push(activity(2, DAY_MS / 2, [110, 111]));
    cloud.answersAfterMs = 30;
    const others = await Promise.all([node(), node(), node()]);
    await db.query(DUE, [userId]);
    await Promise.all(others.map(({ syncer }) => syncer.takeDue()));
    await Promise.all(others.map(({ syncer }) => syncer.idle()));
    expect(await logs()).toHaveLength(2);
    expect(await samples()).toHaveLength(4);
  });

  test('a node that lost its lease in the middle stores nothing more, and the next goes on', async () => {
    cloud.activities = Array.from({ length: 4 }, (_, i) =>
      activity(i + 1, DAY_MS + i * 3_600_000, [100 + i]),
    );
    const { id, syncer } = await connected();
    expect(await samples()).toHaveLength(4);
    cloud.activities.push(activity(9, DAY_MS / 2, [120]));
    const before = cloud.asks(/activities$/);
    const release = cloud.holdNext();
    await db.query(DUE, [userId]);
    await syncer.takeDue();
    await until(() => cloud.asks(/activities$/) > before, { timeoutMs: 10_000, what: 'the question' });
    await db.query(LEASE_OVER, [userId]);
    const other = await node();
    await other.syncer.takeDue();
    await other.syncer.idle();
    release();
    await syncer.idle();
    expect(await samples()).toHaveLength(5);
    expect(await logs()).toMatchObject([
      { status: 'success' },
      { status: 'failed', error_code: 'abandoned' },
      { status: 'success', samples_stored: 1 },
    ]);
    expect((await row()).lease_owner).toBe(null);
    expect((await other.connections.list({ userId }))[0]?.id).toBe(id);
  });

  test('what does not fit into one go is read in the next, from where it was left', async () => {
    cloud.activities = Array.from({ length: 130 }, (_, i) =>
      activity(i + 1, 20 * DAY_MS - i * 60_000, [60 + i]),
    );
    const { sync } = await connected();
    const [first] = await logs();
    expect(first).toMatchObject({ status: 'success' });
    expect((await samples()).length).toBeLessThan(60);
    expect((await row()).in_s).toBeLessThan(16 * 60);
    for (let n = 0; n < 4; n++) await sync();
    expect(await samples()).toHaveLength(130);
    expect(cloud.asks(/streams/)).toBe(130);
    expect((await samples()).map(({ seq }) => seq)).toEqual(Array.from({ length: 130 }, (_, i) => i + 1));
  });

  test('a paused one is not read, and one that is disconnected is gone with what opened it', async () => {
    cloud.activities = [activity(1, DAY_MS, [100])];
    const { sync, connections, id, connect, syncer } = await connected();
    await connections.change({ userId }, id, { isActive: false, syncEveryMs: 600_000, deviceName: null });
    await sync();
    expect(await logs()).toHaveLength(1);
    expect((await connections.list({ userId }))[0]).toMatchObject({
      inactiveReason: 'paused',
      syncEveryMs: 600_000,
      deviceName: null,
    });
    // Pausing and going on is no way around the minute between two readings.
    await connections.change({ userId }, id, { isActive: true });
    await syncer.idle();
    expect(await logs()).toHaveLength(1);
    expect((await row()).in_s).toBeGreaterThan(30);
    expect(await connections.disconnect({ userId }, id)).toEqual({ ok: true, value: { revoked: true } });
    expect(cloud.revoked).toHaveLength(1);
    expect(await row()).toMatchObject({ access_token: null, refresh_token: null, token_key_id: null });
    expect(await connections.list({ userId })).toEqual([]);
    expect(await connections.disconnect({ userId }, id)).toMatchObject({ code: 'not_found' });
    expect(await samples()).toHaveLength(1);
    // Connected once more it is the same one, so that nothing is stored twice.
    expect(await connections.confirm({ userId }, await connect())).toMatchObject({ ok: true, value: { id } });
    await syncer.idle();
    expect(await samples()).toHaveLength(1);
  });

  test('when the provider can not be told of the end, it ends all the same', async () => {
    const { connections, id } = await connected();
    await cloud.stop();
    expect(await connections.disconnect({ userId }, id)).toEqual({ ok: true, value: { revoked: false } });
    expect((await row()).access_token).toBe(null);
  });

  test('only whoever began it ends connecting, once, within ten minutes', async () => {
    const { connections, connect } = await node();
    const other = { userId: randomUUID() };
    const stolen = await connect();
    expect(await connections.confirm(other, stolen)).toMatchObject({ code: 'consent_refused' });
    expect(await connections.confirm({ userId }, stolen)).toMatchObject({ code: 'consent_refused' });
    const late = await connect();
    await db.query(CONSENT_OVER, [userId]);
    expect(await connections.confirm({ userId }, late)).toMatchObject({ code: 'consent_refused' });
    const denied = await connect();
    expect(
      await connections.confirm({ userId }, { state: denied.state, error: 'access_denied' }),
    ).toMatchObject({
      code: 'consent_refused',
    });
    const wrong = await connect();
    expect(await connections.confirm({ userId }, { ...wrong, code: 'guessed' })).toMatchObject({
      code: 'consent_refused',
    });
    const good = await connect();
    expect(await connections.confirm({ userId }, good)).toMatchObject({ ok: true });
    expect(await connections.confirm({ userId }, good)).toMatchObject({ code: 'consent_refused' });
    for (let n = 0; n < 8; n++) await connections.begin({ userId }, 'strava', null);
    expect(await db.query(CONSENTS, [userId])).toEqual([{ n: 5 }]);
    expect(await connections.begin({ userId }, 'garmin', null)).toMatchObject({ code: 'not_found' });
  });

  test('nobody sees or changes a connection of somebody else', async () => {
    const { connections, id } = await connected();
    const other = { userId: randomUUID() };
    expect(await connections.list(other)).toEqual([]);
    expect(await connections.change(other, id, { isActive: false })).toMatchObject({ code: 'not_found' });
    expect(await connections.syncNow(other, id)).toMatchObject({ code: 'not_found' });
    expect(await connections.logs(other, id, null, 10)).toMatchObject({ code: 'not_found' });
    expect(await connections.disconnect(other, id)).toMatchObject({ code: 'not_found' });
  });

  test('settings are those of the mapping and of what was allowed', async () => {
    const { connections, id, sync } = await connected();
    const set = (resources: string[]) => connections.change({ userId }, id, { settings: { resources } });
    expect(await set(['steps'])).toMatchObject({ code: 'bad_request' });
    // The person did not allow the profile.
    expect(await set(['weight'])).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('weight'),
    });
    expect(await set([])).toMatchObject({ ok: true, value: { settings: { resources: [] } } });
    const asked = cloud.asks(/athlete/);
    await sync();
    expect(cloud.asks(/athlete/)).toBe(asked);
  });

  test('somebody who is suspended is not read', async () => {
    const { sync } = await connected();
    await db.query(SUSPEND, [userId, 'suspended']);
    await sync();
    expect(await logs()).toHaveLength(1);
  });

  test('tokens are unreadable in the database, and in no log line', async () => {
    cloud.activities = [activity(1, DAY_MS, [100])];
    const { sync } = await connected();
    cloud.expireTokens();
    await sync();
    const { access_token, refresh_token } = await row();
    const stored = Buffer.concat([access_token, refresh_token]).toString('latin1') + JSON.stringify(lines);
    expect(cloud.givenOut.size).toBe(4);
    for (const token of [...cloud.givenOut, cloud.clientSecret]) expect(stored).not.toContain(token);
  });

  test('a change of keys reaches every row, and a key that is gone makes nobody fail', async () => {
    const [old] = keys;
    await connected({ keys: [old] });
    const fresh = key('two');
    const during = await node({ keys: [fresh, old] });
    await during.syncer.reseal(new AbortController().signal);
    expect(await row()).toMatchObject({ token_key_id: 'two' });
    const after = await node({ keys: [fresh] });
    await after.sync();
    expect((await logs()).at(-1)).toMatchObject({ status: 'success' });
    const stranger = await node({ keys: [key('three')] });
    const before = (await logs()).length;
    await stranger.sync();
    await stranger.syncer.reseal(new AbortController().signal);
    expect(await logs()).toHaveLength(before);
    expect(lines.some(({ sentence }) => sentence.includes('keys that are not on this node'))).toBe(true);
  });

  test('a node that stops leaves what it reads to the next, at once', async () => {
    const { syncer } = await connected();
    cloud.activities = Array.from({ length: 20 }, (_, i) =>
      activity(i + 1, DAY_MS + i * 1_000_000, [70 + i]),
    );
    cloud.answersAfterMs = 20;
    await db.query(DUE, [userId]);
    await syncer.takeDue();
    await syncer.stop();
    expect(await row()).toMatchObject({ failures: 0, lease_owner: null });
    expect((await row()).in_s).toBeLessThan(1);
    cloud.answersAfterMs = 0;
    const next = await node();
    await next.syncer.takeDue();
    await next.syncer.idle();
    expect(await samples()).toHaveLength(20);
  });
});
