import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Db, StoreUnavailable } from '../store/db.ts';
import { credentialOf, hashOf, newSecret } from './device-secrets.ts';
import { openDevices } from './devices.ts';
import { KnownDevices } from './known-devices.ts';
import type { StandingChange } from './types.ts';

const SARI = '01890000-0000-7000-8000-000000000001';
const PHONE = '01890000-0000-7000-8000-0000000000aa';
const SECRET = newSecret();
const HOUR_MS = 3_600_000;
const GRACE_MS = 12 * HOUR_MS;

function open(graceMaxMs = GRACE_MS) {
  const clock = new ManualClock();
  const store = { answers: true, saidAway: false, asked: 0 };
  const query = async () => {
    store.asked += 1;
    if (!store.answers) throw new StoreUnavailable('no answer');
    return [{ user_id: SARI, secret_hash: hashOf(SECRET), status: 'active' }];
  };
  let tell: (change: StandingChange) => void = () => {};
  const devices = openDevices({
    db: { query } as unknown as Db,
    clock,
    log: silentLogger,
    metrics: noMetrics,
    newId: () => PHONE,
    grantsOf: async () => [],
    graceMaxMs,
    graceMs: () => (store.saidAway ? graceMaxMs : 0),
    onAccountChange: (listener) => {
      tell = listener;
      return () => {};
    },
  });
  return {
    clock,
    store,
    devices,
    decide: (change: StandingChange) => tell(change),
    storeGoes: () => {
      store.answers = false;
      store.saidAway = true;
    },
    come: (secret = SECRET) => devices.verifyToken(credentialOf(PHONE, secret)),
  };
}

describe('a paired device', () => {
  test('comes in while the store is away, and waits for no answer of it', async () => {
    const { clock, store, storeGoes, come } = open();
    await come();
    storeGoes();
    clock.advance(GRACE_MS);
    expect(await come()).toMatchObject({ ok: true, value: { userId: SARI, deviceId: PHONE, grants: [] } });
    expect(store.asked).toBe(1);
  });

  test('comes in as the first to whom the store does not answer', async () => {
    const { store, come } = open();
    await come();
    store.answers = false;
    expect(await come()).toMatchObject({ ok: true, value: { userId: SARI } });
  });

  test('does not with another secret, nor where it was not seen, nor when the grace is over', async () => {
    const { clock, storeGoes, come } = open();
    await come();
    storeGoes();
    await expect(come(newSecret())).rejects.toThrow(StoreUnavailable);
    clock.advance(GRACE_MS + 1);
    await expect(come()).rejects.toThrow(StoreUnavailable);
    const another = open();
    another.storeGoes();
    await expect(another.come()).rejects.toThrow(StoreUnavailable);
  });

  test('does not where sessions have no grace', async () => {
    const { storeGoes, come } = open(0);
    await come();
    storeGoes();
    await expect(come()).rejects.toThrow(StoreUnavailable);
  });

  test('stays known by its signs of life as long as the store is there to say otherwise', async () => {
    const { clock, devices, storeGoes, come } = open();
    await come();
    clock.advance(11 * HOUR_MS);
    devices.heard(SARI, PHONE);
    clock.advance(2 * HOUR_MS);
    storeGoes();
    devices.heard(SARI, PHONE);
    expect(await come()).toMatchObject({ ok: true });
    clock.advance(11 * HOUR_MS);
    await expect(come()).rejects.toThrow(StoreUnavailable);
  });

  test.each<[string, StandingChange]>([
    ['it was revoked', { kind: 'revoked', userId: SARI, deviceId: PHONE }],
    ['everything of its person was', { kind: 'revoked', userId: SARI }],
    ['its person was suspended', { kind: 'standing', userId: SARI, grants: [], suspended: true }],
  ])('is unknown once %s', async (_, change) => {
    const { decide, storeGoes, come } = open();
    await come();
    decide(change);
    storeGoes();
    await expect(come()).rejects.toThrow(StoreUnavailable);
  });

  test('stays known when another device goes, a session ends or grants change', async () => {
    const { decide, storeGoes, come } = open();
    await come();
    decide({ kind: 'revoked', userId: SARI, deviceId: SARI });
    decide({ kind: 'revoked', userId: SARI, sessionId: SARI });
    decide({ kind: 'standing', userId: SARI, grants: ['volunteer'], suspended: false });
    storeGoes();
    expect(await come()).toMatchObject({ ok: true });
  });

  test('is not kept when something was revoked while the store was asked, and the oldest go first', () => {
    const known = new KnownDevices({ clock: new ManualClock(), lifeMs: GRACE_MS, entriesMax: 2 });
    const { revision } = known;
    known.obey({ kind: 'revoked', userId: SARI, deviceId: 'a' });
    known.verified('a', SARI, hashOf(SECRET), revision);
    expect(known.ownerOf('a', SECRET)).toBeNull();
    for (const deviceId of ['b', 'c', 'd']) known.verified(deviceId, SARI, hashOf(SECRET), known.revision);
    expect(['b', 'c', 'd'].map((deviceId) => known.ownerOf(deviceId, SECRET))).toEqual([null, SARI, SARI]);
  });
});
