import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { uuidOf } from '../testing/telemetry/recording-source.ts';
import type { AppFix } from './apps/app-message.ts';
import { appEpochOf, type Message, UnnumberedIngest } from './apps/unnumbered.ts';
import { pgUnnumberedStore } from './pg-unnumbered.ts';
import { DEFAULT_RULES } from './positions/pipeline.ts';

const USERS = [1, 2, 3].map(uuidOf);
const EMPTY = sql('test_empty', emptying('accounts.users', 'telemetry.positions'));
const from = (user: number) => ({ userId: USERS[user] ?? '', deviceId: uuidOf(50 + user) });
const fix = (atMs: number, more: Partial<AppFix> = {}): Message => ({
  fix: {
    atMs,
    lat: 12.5,
    lng: 77.25,
    accuracyM: null,
    speedMps: null,
    headingDeg: null,
    altitudeM: null,
    batteryPct: null,
    messageId: null,
    isMock: false,
    ...more,
  },
});

const KILL = sql(
  'test_kill',
  `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`,
);

describe.each(engines)('what comes without numbers on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};
  let moved: string[];
  const node = (of: Db = db) =>
    new UnnumberedIngest({
      store: pgUnnumberedStore(of),
      live: { moved: (userId) => moved.push(userId) },
      clock: systemClock,
      metrics: noMetrics,
      rules: DEFAULT_RULES,
    });
  const ask = <Row>(text: string) => db.query<Row>(sql(`test_${text}`.slice(0, 60), text));

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    moved = [];
    await owner.query(EMPTY);
    for (const id of USERS) {
      const insert = sql('test_user', 'insert into accounts.users (id, email) values ($1, $2)');
      await db.query(insert, [id, `${id}@example.org`]);
    }
  });

  test('is stored with everything that was sent, under one epoch of the device, and says where its person is', async () => {
    const nowMs = Date.now();
    const all = { accuracyM: 8, speedMps: 1.5, headingDeg: 270, altitudeM: 920, batteryPct: 55 };
    expect(await node().take(from(0), [fix(nowMs - 2_000, all)], nowMs)).toEqual(['accepted']);
    const [stored] = await ask(
      `select user_id, device_id, epoch, seq, received_at, fix_at, device_at, st_y(location::geometry) as lat,
              st_x(location::geometry) as lng, accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late
         from telemetry.positions`,
    );
    expect(stored).toEqual({
      user_id: USERS[0],
      device_id: from(0).deviceId,
      epoch: appEpochOf(from(0).deviceId),
      seq: 1,
      received_at: nowMs,
      fix_at: nowMs - 2_000,
      device_at: nowMs - 2_000,
      lat: 12.5,
      lng: 77.25,
      accuracy_m: 8,
      speed_mps: 1.5,
      heading_deg: 270,
      altitude_m: 920,
      battery_pct: 55,
      late: false,
    });
    expect(await ask('select user_id, received_at from telemetry.user_locations')).toEqual([
      { user_id: USERS[0], received_at: nowMs },
    ]);
    expect(await ask('select seq from telemetry.device_cursors')).toEqual([{ seq: 1 }]);
  });

  test('is stored once by two nodes that get the same requests at the same time', async () => {
    const nowMs = Date.now();
    const both = [node(), node()];
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const messages = [fix(nowMs - 30_000 + (i >> 1) * 1_000, { messageId: `m${i >> 1}` })];
        return both[i % 2]?.take(from((i >> 1) % 3), messages, nowMs);
      }),
    );
    const kept = answers.flat().filter((one) => one === 'accepted' || one === 'stale');
    expect(kept).toHaveLength(30);
    const rows = await ask<{ user_id: string; seq: number }>(
      'select user_id, seq from telemetry.positions order by user_id, seq',
    );
    const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
    for (const id of USERS)
      expect(rows.filter((row) => row.user_id === id).map(({ seq }) => seq)).toEqual(numbers);
  });

  test('is counted by reason and day when it is not kept, and says what went wrong last', async () => {
    const nowMs = Date.now();
    const ingest = node();
    await ingest.take(from(0), [fix(nowMs), fix(nowMs)], nowMs);
    const rejected: Message = { fix: null, result: 'rejected', problem: 'body: not JSON' };
    await ingest.take(from(0), [rejected, fix(nowMs + 1_000, { lat: 60 })], nowMs + 1_000);
    await ingest.take(from(0), [fix(nowMs + 86_400_000)], nowMs + 2_000);
    expect(await ask('select reason, fixes from telemetry.refused_fixes order by reason')).toEqual([
      { reason: 'duplicate', fixes: 1 },
      { reason: 'future', fixes: 1 },
      { reason: 'impossible', fixes: 1 },
      { reason: 'rejected', fixes: 1 },
    ]);
    expect(await ask('select reason, detail, at from telemetry.device_troubles')).toEqual([
      { reason: 'future', detail: null, at: nowMs + 2_000 },
    ]);
  });

  test('is judged by a new node against the newest fix, not against a late one that came after it', async () => {
    const nowMs = Date.now();
    const ingest = node();
    await ingest.take(from(0), [fix(nowMs), fix(nowMs - 3_600_000, { lat: 13 })], nowMs);
    const fresh = node();
    expect(await fresh.ageMs(from(0), nowMs - 60_000, nowMs)).toBe(60_000);
    expect(await fresh.take(from(0), [fix(nowMs + 1_000, { lat: 13 })], nowMs + 1_000)).toEqual([
      'impossible',
    ]);
  });

  test('of a person who is gone is invalid, and keeps nobody else from being stored', async () => {
    const nowMs = Date.now();
    const ingest = node();
    const answers = await Promise.all([
      ingest.take({ ...from(0), userId: uuidOf(404) }, [fix(nowMs)], nowMs),
      ingest.take(from(1), [fix(nowMs)], nowMs),
    ]);
    expect(answers).toEqual([['invalid'], ['accepted']]);
  });

  test('with a value that the database refuses is stored without that one', async () => {
    const nowMs = Date.now();
    const messages = [fix(nowMs), fix(nowMs + 1_000, { speedMps: 1e39 }), fix(nowMs + 2_000)];
    const results = await node().take(from(0), messages, nowMs + 2_000);
    expect(results?.[1]).toBe('invalid');
    expect(await ask('select seq from telemetry.positions order by seq')).toHaveLength(2);
  });

  test.runIf(engine === 'postgres')(
    'is stored once while connections are killed and requests come again',
    async () => {
      const nowMs = Date.now();
      const both = [node(), node()];
      let refused = 0;
      for (let i = 0; i < 60; i++) {
        const messages = [fix(nowMs + i * 1_000, { messageId: `m${i}` })];
        for (let tries = 0; ; tries++) {
          const answer = Promise.resolve(both[tries % 2]?.take(from(0), messages, nowMs + i * 1_000)).then(
            () => true,
            () => false,
          );
          if (i % 3 === 0 && tries < 2) await owner.query(KILL).catch(() => {});
          if (await answer) break;
          refused += 1;
          expect(tries).toBeLessThan(50);
        }
      }
      expect(refused).toBeGreaterThan(0);
      const rows = await ask<{ seq: number }>('select seq from telemetry.positions order by seq');
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    },
  );
});
