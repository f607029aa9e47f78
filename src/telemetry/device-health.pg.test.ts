import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { uuidOf } from '../testing/telemetry/recording-source.ts';
import { type Message, UnnumberedIngest } from './apps/unnumbered.ts';
import { pgDeviceHealth } from './pg-device-health.ts';
import { pgUnnumberedStore } from './pg-unnumbered.ts';
import { DEFAULT_RULES } from './positions/pipeline.ts';

const whose = { userId: uuidOf(1), deviceId: uuidOf(2) };
const DAY_MS = 86_400_000;

describe.each(engines)('how a device does on %s', (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
    await store.db.query(sql('test_user', 'insert into accounts.users (id, email) values ($1, $2)'), [
      whose.userId,
      'ada@example.org',
    ]);
  });
  afterAll(() => store?.stop());

  test('is counted by day of receipt, by what became of it; the newest day first, and seven of them', async () => {
    const ingest = new UnnumberedIngest({
      store: pgUnnumberedStore(store.db),
      live: { moved: () => {} },
      clock: systemClock,
      metrics: noMetrics,
      rules: DEFAULT_RULES,
    });
    const health = pgDeviceHealth(store.db);
    const nowMs = Date.now();
    expect(await health(whose, nowMs)).toEqual({ days: [], lastFixAtMs: null, lastError: null });

    const none = { accuracyM: null, speedMps: null, headingDeg: null, altitudeM: null, batteryPct: null };
    const fix = (atMs: number): Message => ({
      fix: { ...none, atMs, lat: 1, lng: 2, messageId: null, isMock: false },
    });
    for (const agoDays of [9, 1, 0]) {
      const atMs = nowMs - agoDays * DAY_MS;
      await ingest.take(whose, [fix(atMs - 600_000), fix(atMs), fix(atMs)], atMs);
    }
    const rejected: Message = { fix: null, result: 'rejected', problem: 'body: not JSON' };
    await ingest.take(whose, [rejected], nowMs + 1);
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const kept = { accepted: 1, late: 1 };
    expect(await health(whose, nowMs)).toEqual({
      days: [
        { day: day(nowMs), ...kept, refused: { duplicate: 1, rejected: 1 } },
        { day: day(nowMs - DAY_MS), ...kept, refused: { duplicate: 1 } },
      ],
      lastFixAtMs: nowMs,
      lastError: { reason: 'rejected', detail: 'body: not JSON', atMs: nowMs + 1 },
    });
    expect(await health({ ...whose, deviceId: uuidOf(3) }, nowMs)).toMatchObject({ days: [] });
  });
});
