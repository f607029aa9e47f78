import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { openDevices } from './devices.ts';
import type { Devices } from './devices-types.ts';
import type { Grant, Principal, StandingChange } from './types.ts';

const ADDRESS = '192.0.2.1';
const ADD_USER = sql('test_add_user', 'insert into accounts.users (id, email) values ($1, $2)');
const SUSPEND = sql('test_suspend', "update accounts.users set status = 'suspended' where id = $1");
const END_CODES = sql('test_end_codes', 'update accounts.device_codes set expires_at = now()');
const SECRETS = sql(
  'test_secrets',
  `select encode(secret_hash, 'escape') as kept from accounts.devices
    union all select encode(code_hash, 'escape') from accounts.device_codes`,
);

const granted = <T>(result: Result<T, string>): T =>
  must(result.ok ? result.value : null, JSON.stringify(result));

describe.each(engines)('devices on %s', (engine) => {
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(8));
  let store: TestStore;
  let db: Db;
  let clock: ManualClock;
  let devices: Devices;
  let told: StandingChange[];
  let grants: Grant[];

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    grants = [];
    devices = openDevices({
      db,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      grantsOf: async () => grants,
    });
    devices.onStandingChange((change) => told.push(change));
  });

  const somebody = async (): Promise<Principal> => {
    const userId = newId();
    await db.query(ADD_USER, [userId, `${userId}@example.org`]);
    return { userId, grants: [], expiresAtMs: Number.MAX_SAFE_INTEGER };
  };
  const phone = (code: string) => ({
    code,
    name: 'Ada’s phone',
    kind: 'phone' as const,
    canPush: true,
    canSound: null,
    wouldNotRing: null,
  });
  const pair = async (by: Principal) =>
    granted(await devices.pair(phone((await devices.newCode(by)).code), ADDRESS));

  const app = (kind: 'owntracks' | 'osmand') => ({ app: kind, name: 'Tracker', kind: 'tracker' as const });

  test('a stock app is paired without a code: OwnTracks with a secret, the others with a name nobody guesses', async () => {
    const by = await somebody();
    const ownTracks = granted(await devices.pairApp(by, app('owntracks')));
    const osmAnd = granted(await devices.pairApp(by, app('osmand')));
    expect([ownTracks.trackerId, osmAnd.secret]).toEqual([null, null]);
    expect(granted(await devices.verifyPair(ownTracks.deviceId, ownTracks.secret ?? ''))).toMatchObject({
      userId: by.userId,
      deviceId: ownTracks.deviceId,
    });
    expect(osmAnd.trackerId).toMatch(/^[2-9A-HJKMNP-TV-Z]{24}$/);
    const typed = (osmAnd.trackerId ?? '').toLowerCase().replace(/(.{4})/g, '$1 ');
    for (const known of [osmAnd.trackerId ?? '', typed])
      expect(granted(await devices.verifyTracker(known))).toMatchObject({
        deviceId: osmAnd.deviceId,
        grants: [],
      });
    expect((await devices.list(by)).map((device) => device.app).sort()).toEqual(['osmand', 'owntracks']);
    const kept = await db.query<{ kept: string }>(
      sql(
        'test_trackers',
        "select encode(tracker_hash, 'escape') as kept from accounts.devices where tracker_hash is not null",
      ),
    );
    for (const row of kept) expect(row.kept).not.toContain(osmAnd.trackerId);
  });

  test('what an app calls itself by is good for nothing once it is revoked, or its owner suspended', async () => {
    const by = await somebody();
    const first = granted(await devices.pairApp(by, app('osmand')));
    const second = granted(await devices.pairApp(by, app('osmand')));
    granted(await devices.revoke(by, first.deviceId));
    expect(await devices.verifyTracker(first.trackerId ?? '')).toMatchObject({ code: 'token_invalid' });
    granted(await devices.verifyTracker(second.trackerId ?? ''));
    await db.query(SUSPEND, [by.userId]);
    expect(await devices.verifyTracker(second.trackerId ?? '')).toMatchObject({ code: 'token_invalid' });
    for (const bad of ['', 'A', '1'.repeat(24), 'x'.repeat(100_000), first.deviceId])
      expect(await devices.verifyTracker(bad)).toMatchObject({ code: 'token_invalid' });
  });

  test('a device is found by its owner and by administrators', async () => {
    const [by, other] = [await somebody(), await somebody()];
    const { deviceId } = granted(await devices.pairApp(by, app('owntracks')));
    expect(granted(await devices.find(by, deviceId))).toMatchObject({
      ownerId: by.userId,
      device: { app: 'owntracks' },
    });
    expect(await devices.find(other, deviceId)).toMatchObject({ code: 'not_found' });
    expect(await devices.find(by, 'not an id')).toMatchObject({ code: 'not_found' });
    grants = ['admin'];
    expect(granted(await devices.find(other, deviceId)).ownerId).toBe(by.userId);
  });

  test('a code that is typed in any case, with dashes, pairs one device, once', async () => {
    const by = await somebody();
    const { code, expiresAtMs } = await devices.newCode(by);
    expect(code).toMatch(/^[2-9A-HJKMNP-TV-Z]{8}$/);
    expect(expiresAtMs - systemClock.nowMs()).toBeGreaterThan(9 * 60_000);
    expect(expiresAtMs - systemClock.nowMs()).toBeLessThan(11 * 60_000);
    const typed = `${code.slice(0, 4)}-${code.slice(4).toLowerCase()} `;
    const both = await Promise.all([devices.pair(phone(typed), ADDRESS), devices.pair(phone(code), ADDRESS)]);
    expect(both.filter((result) => result.ok)).toHaveLength(1);
    const [device] = await devices.list(by);
    expect(device).toMatchObject({
      name: 'Ada’s phone',
      kind: 'phone',
      canPush: true,
      canSound: null,
      wouldNotRing: null,
      batteryPct: null,
      lastContactAtMs: null,
    });
  });

  test('the credential stands for its person until it is revoked, and their sockets hear of it', async () => {
    const [by, other] = [await somebody(), await somebody()];
    const { deviceId, credential } = await pair(by);
    expect(await devices.verifyToken(credential)).toMatchObject({
      ok: true,
      value: { userId: by.userId, grants: [], deviceId },
    });
    const [, , secret = ''] = credential.split(':');
    expect(granted(await devices.verifyPair(deviceId, secret)).userId).toBe(by.userId);
    expect(await devices.revoke(other, deviceId)).toMatchObject({ code: 'not_found' });
    expect(await devices.revoke(by, deviceId)).toMatchObject({ ok: true });
    expect(told).toEqual([{ kind: 'revoked', userId: by.userId, deviceId }]);
    expect(await devices.verifyToken(credential)).toMatchObject({ ok: false, code: 'token_invalid' });
    expect(await devices.list(by)).toEqual([]);
    expect(await devices.revoke(by, deviceId)).toMatchObject({ code: 'not_found' });
  });

  test('an administrator may revoke anybody’s', async () => {
    const [by, admin] = [await somebody(), await somebody()];
    const { deviceId } = await pair(by);
    grants = ['admin'];
    expect(await devices.revoke(admin, deviceId)).toMatchObject({ ok: true });
  });

  test('a wrong, cut or foreign credential is none, nor one of somebody suspended', async () => {
    const by = await somebody();
    const [one, two] = [await pair(by), await pair(by)];
    const mixed = `device:${one.deviceId}:${two.credential.split(':')[2]}`;
    for (const bad of [mixed, one.credential.slice(0, -1), `${one.credential}:x`, 'device::', '', 'x']) {
      expect(await devices.verifyToken(bad)).toMatchObject({ ok: false, code: 'token_invalid' });
    }
    await db.query(SUSPEND, [by.userId]);
    expect(await devices.verifyToken(one.credential)).toMatchObject({ ok: false });
    const { code } = await devices.newCode(by);
    expect(await devices.pair(phone(code), ADDRESS)).toMatchObject({ code: 'account_suspended' });
  });

  test('a code runs out, and a newer one too many ends the oldest', async () => {
    const by = await somebody();
    const codes = [];
    for (let i = 0; i < 6; i++) codes.push((await devices.newCode(by)).code);
    expect(await devices.pair(phone(codes[0] ?? ''), ADDRESS)).toMatchObject({ code: 'not_found' });
    expect(await devices.pair(phone(codes[1] ?? ''), ADDRESS)).toMatchObject({ ok: true });
    await db.query(END_CODES);
    expect(await devices.pair(phone(codes[2] ?? ''), ADDRESS)).toMatchObject({ code: 'not_found' });
  });

  test('wrong codes from one address are counted, and after ten even a good one has to wait', async () => {
    const by = await somebody();
    const { code } = await devices.newCode(by);
    for (let i = 0; i < 10; i++) {
      expect(await devices.pair(phone('22222222'), ADDRESS)).toMatchObject({ code: 'not_found' });
    }
    expect(await devices.pair(phone(code), ADDRESS)).toMatchObject({ code: 'rate_limited' });
    expect(await devices.pair(phone(code), '192.0.2.2')).toMatchObject({ ok: true });
    clock.advance(10 * 60_000);
    const another = await devices.newCode(by);
    expect(await devices.pair(phone(another.code), ADDRESS)).toMatchObject({ ok: true });
  });

  test('what was heard is written together a little later, newest of each, and only of one’s own', async () => {
    const [by, other] = [await somebody(), await somebody()];
    const { deviceId } = await pair(by);
    devices.heard(by.userId, deviceId, 55.4);
    devices.heard(by.userId, deviceId);
    devices.heard(other.userId, deviceId, 3);
    devices.heard(by.userId, newId(), 4);
    expect((await devices.list(by))[0]?.lastContactAtMs).toBeNull();
    const heardAtMs = clock.nowMs();
    clock.advance(5_000);
    const seen = () => devices.list(by).then(([device]) => device?.lastContactAtMs != null && device);
    const device = await until(seen, { timeoutMs: 5_000, what: 'the contact' });
    expect(device).toMatchObject({ batteryPct: 55, lastContactAtMs: heardAtMs });
    devices.heard(by.userId, deviceId, 54);
    await devices.stop();
    expect((await devices.list(by))[0]?.batteryPct).toBe(54);
  });

  test('a device says that it would not ring, and its person sees it', async () => {
    const [by, other] = [await somebody(), await somebody()];
    const { deviceId } = await pair(by);
    const muted = { canPush: true, canSound: true, wouldNotRing: 'do not disturb' };
    expect(await devices.setCapabilities(other, deviceId, muted)).toMatchObject({ code: 'not_found' });
    expect(await devices.setCapabilities(by, deviceId, muted)).toMatchObject({ ok: true });
    expect((await devices.list(by))[0]).toMatchObject(muted);
  });

  test('neither code nor secret is kept as it is', async () => {
    const by = await somebody();
    const { credential } = await pair(by);
    const { code } = await devices.newCode(by);
    const kept = JSON.stringify(await db.query(SECRETS));
    expect(kept).not.toContain(credential.split(':')[2]);
    expect(kept).not.toContain(code);
  });
});
