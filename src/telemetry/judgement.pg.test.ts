import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { erasePerson } from '../accounts/personal-rights.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { SAMPLES_FROM_MS, sampleOf } from '../testing/telemetry/samples.ts';
import { pgScores } from './pg-scores.ts';
import { pgThresholds } from './pg-thresholds.ts';
import { pgVigilStore } from './pg-vigil.ts';
import { take } from './vitals/current.ts';
import { NOTHING_KNOWN } from './vitals/judge-state.ts';
import { asKept } from './vitals/rounding.ts';
import { NEWS2_MAX_AGE_MS, type Score, scoreAt } from './vitals/score.ts';
import { NOTHING_SET, type ThresholdSettings } from './vitals/thresholds.ts';
import type { VigilStore } from './vitals/vigil-store.ts';
import type { Vitals } from './vitals/vitals.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const DOCTOR = id(99);
const NODE = id(98);
const OTHER_NODE = id(97_000);
const DAY_MS = 86_400_000;

describe.each(engines)('what judging keeps, on %s', (engine) => {
  let store: TestStore;
  let vigil: VigilStore;
  const run = (text: string, params: unknown[] = []) =>
    store.owner.query<Record<string, unknown>>({ name: '', text }, params);
  beforeAll(async () => {
    store = await openTestStore(engine);
    vigil = pgVigilStore(store.db);
  });
  afterAll(() => store?.stop());

  const addSample = (person: string, seq: number, atMs: number, columns: Record<string, unknown>) =>
    run(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late, ${Object.keys(columns).join(', ')})
       values ($1, $2, $2, $2, $3, 'device', $1, $1, false, ${Object.keys(columns).map((_, i) => `$${i + 4}`)})`,
      [new Date(atMs), person, seq, ...Object.values(columns)],
    );
  const addRecord = (n: number, person: string, atMs: number, systolic: number, other = '') =>
    run(
      `insert into telemetry.vitals_records (id, person_id, source, recorded_at, received_at, systolic_mmhg, late, retracted_at)
       values ($1, $2, 'manual', $3, $3, $4, ${other.includes('late')}, ${other.includes('retracted') ? 'now()' : 'null'})`,
      [id(n), person, new Date(atMs), systolic],
    );

  describe('what is set for somebody', () => {
    const all: ThresholdSettings = {
      restingHeartRateBpm: 55,
      targetHeartRateBpm: 120,
      maxHeartRateBpm: 150,
      bloodPressureGoal: { systolicLow: null, systolicHigh: 130, diastolicLow: null, diastolicHigh: 80 },
      weightGoalKg: 71.4,
      weightGainKg: 1.5,
      spo2Scale: 2,
      isPregnant: false,
      reason: 'Hypercapnic failure in May',
      limits: {
        temperatureC: {
          lowCritical: null,
          lowWarning: 35.5,
          highWarning: 38.3,
          highCritical: null,
          margin: 0.2,
          durationMs: null,
          repeatMs: 60_000,
        },
      },
      durationMs: 10_000,
      repeatMs: 600_000,
      noDataAfterMs: 120_000,
      expected: ['heartRateBpm', 'spo2Pct'],
    };

    test('comes back as it was set, and an order of scale 2 stays with who gave it', async () => {
      const thresholds = pgThresholds(store.db);
      expect(await thresholds.of(id(1))).toBeNull();
      const first = await thresholds.set(id(1), 0, DOCTOR, all);
      if (!first.ok) throw new Error(first.code);
      expect(first.value).toMatchObject({ ...all, version: 1, changedBy: DOCTOR });
      expect(first.value.scaleOrder).toEqual({ by: DOCTOR, atMs: expect.any(Number) });
      const second = await thresholds.set(id(1), 1, id(98), { ...all, maxHeartRateBpm: null });
      if (!second.ok) throw new Error(second.code);
      expect(second.value).toMatchObject({ version: 2, changedBy: id(98), maxHeartRateBpm: null });
      expect(second.value.scaleOrder).toEqual(first.value.scaleOrder);
      expect(await thresholds.of(id(1))).toEqual(second.value);
      const third = await thresholds.set(id(1), 2, DOCTOR, NOTHING_SET);
      expect(third).toMatchObject({ value: { ...NOTHING_SET, scaleOrder: null, version: 3 } });
    });

    test('is never overwritten unseen: of two at once one is told', async () => {
      const thresholds = pgThresholds(store.db);
      const both = await Promise.all(
        [60, 61].map((restingHeartRateBpm) =>
          thresholds.set(id(2), 0, DOCTOR, { ...NOTHING_SET, restingHeartRateBpm }),
        ),
      );
      expect(both.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await thresholds.set(id(2), 0, DOCTOR, NOTHING_SET)).toMatchObject({
        code: 'thresholds_changed',
      });
      expect(await thresholds.set(id(2), 2, DOCTOR, NOTHING_SET)).toMatchObject({
        code: 'thresholds_changed',
      });
    });

    test('is seen by whoever asks what has changed', async () => {
      const { nowMs } = await vigil.changedSince(0);
      await pgThresholds(store.db).set(id(3), 0, DOCTOR, { ...NOTHING_SET, expected: ['weightKg'] });
      expect(await vigil.changedSince(nowMs - 1)).toMatchObject({ personIds: [id(3)] });
      expect([...(await vigil.thresholdsOf([id(3), id(97)])).keys()]).toEqual([id(3)]);
      expect(await vigil.awaited(Date.now(), null, 10)).toContain(id(3));
    });
  });

  describe('the beginning of somebody', () => {
    test('is what was put away and all that came since, in the order in which it came', async () => {
      const person = id(10);
      const atMs = Date.now() - 60_000;
      await addSample(person, 1, atMs - 1_000, { heart_rate_bpm: 70 });
      await addSample(person, 3, atMs + 2_000, {
        heart_rate_bpm: 72,
        doubts: ['spo2_pct:above_plausible'],
        spo2_pct: 120,
      });
      await addSample(person, 2, atMs, { heart_rate_bpm: 71, consciousness: 'A', on_oxygen: false });
      await addRecord(1, person, atMs + 1_000, 121);
      await addRecord(2, person, atMs + 1_500, 60, 'retracted');
      await addRecord(3, person, atMs + 1_600, 61, 'late');
      const state = { ...NOTHING_KNOWN, newestMs: atMs, told: {} };
      await vigil.putAway([{ personId: person, receivedAtMs: atMs, state }], NODE);
      const [begun] = await vigil.begin([person], Date.now());
      expect(begun?.putAway).toEqual({ personId: person, receivedAtMs: atMs, state });
      expect(begun?.samples.map(({ source, vitals, doubts }) => ({ source, vitals, doubts }))).toEqual([
        { source: 'device', vitals: { heartRateBpm: 71, consciousness: 'A', onOxygen: false }, doubts: {} },
        { source: 'manual', vitals: { systolicMmhg: 121 }, doubts: {} },
        {
          source: 'device',
          vitals: { heartRateBpm: 72, spo2Pct: 120 },
          doubts: { spo2Pct: 'above_plausible' },
        },
      ]);
    });

    test('is what came in the last three days where nothing was put away', async () => {
      const nowMs = Date.now();
      await addSample(id(11), 1, nowMs - 4 * DAY_MS, { weight_kg: 80 });
      await addSample(id(11), 2, nowMs - 2 * DAY_MS, { weight_kg: 81 });
      const begun = await vigil.begin([id(12), id(11)], nowMs);
      const samples = new Map(begun.map((one) => [one.personId, one.samples]));
      expect(samples.get(id(11))?.map(({ vitals }) => vitals)).toEqual([{ weightKg: 81 }]);
      expect(samples.get(id(12))).toEqual([]);
      expect(begun.every(({ putAway, thresholds }) => putAway === null && thresholds === null)).toBe(true);
    });

    test('is never an older state in place of a newer one, nor one of another program', async () => {
      const state = (newestMs: number) => ({ ...NOTHING_KNOWN, newestMs });
      await vigil.putAway([{ personId: id(13), receivedAtMs: 2_000, state: state(2) }], NODE);
      await vigil.putAway([{ personId: id(13), receivedAtMs: 1_000, state: state(1) }], NODE);
      expect((await vigil.begin([id(13)], 3_000))[0]?.putAway?.state).toEqual(state(2));
      await run('update telemetry.vitals_watch set shape = 0 where person_id = $1', [id(13)]);
      expect((await vigil.begin([id(13)], 3_000))[0]?.putAway).toBeNull();
      await vigil.forget(id(13));
      expect(await run('select 1 from telemetry.vitals_watch where person_id = $1', [id(13)])).toEqual([]);
    });

    test('says who is heard by another node too, and forgets a node that has not heard of them lately', async () => {
      const person = id(14);
      const heard = (receivedAtMs: number, nodeId: string, heardHereMs = receivedAtMs) =>
        vigil.putAway([{ personId: person, receivedAtMs, heardHereMs, state: NOTHING_KNOWN }], nodeId);
      const fromMs = Date.now();
      expect(await heard(fromMs, NODE)).toEqual([]);
      expect(await heard(fromMs + 1_000, OTHER_NODE)).toEqual([person]);
      // Also from a node that heard of them a little earlier.
      expect(await heard(fromMs + 500, NODE)).toEqual([person]);
      expect(await heard(fromMs + 20_000, NODE)).toEqual([person]);
      expect(await heard(fromMs + 40_000, NODE)).toEqual([]);
      const [row] = await run('select heard from telemetry.vitals_watch where person_id = $1', [person]);
      expect(row?.heard).toEqual({ [NODE]: fromMs + 40_000 });
    });

    test('what came since is read of several people at once, each from a moment of their own', async () => {
      const atMs = Date.now() - 5_000;
      await addSample(id(15), 1, atMs, { heart_rate_bpm: 70 });
      await addSample(id(15), 2, atMs + 1_000, { heart_rate_bpm: 71 });
      await addSample(id(16), 1, atMs, { spo2_pct: 97 });
      const samples = await vigil.samplesSince([
        { personId: id(15), sinceMs: atMs + 500 },
        { personId: id(16), sinceMs: atMs - 500 },
      ]);
      expect(samples.map(({ personId, vitals }) => ({ personId, vitals }))).toEqual([
        { personId: id(15), vitals: { heartRateBpm: 71 } },
        { personId: id(16), vitals: { spo2Pct: 97 } },
      ]);
    });

    test('is awaited of whoever was heard of lately, some at a time', async () => {
      const nowMs = Date.now();
      await vigil.putAway(
        [20, 21, 22].map((n) => ({ personId: id(n), receivedAtMs: nowMs + n, state: NOTHING_KNOWN })),
        NODE,
      );
      const page = await vigil.awaited(nowMs, id(19), 2);
      expect(page).toEqual([id(20), id(21)]);
      expect(await vigil.awaited(nowMs, id(21), 2)).toEqual([id(22)]);
    });

    test('has what is measured seldom besides the newest of a stream, whatever was put away', async () => {
      const person = id(60);
      const nowMs = Date.now();
      const at = (ms: number) => new Date(nowMs - 1_200_000 + ms);
      await run(
        `insert into telemetry.vitals_samples
           (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late, heart_rate_bpm,
            systolic_mmhg, temperature_c)
         select $2::timestamptz + n * interval '1 second', $1, $1, $1, n, 'device',
                $2::timestamptz + n * interval '1 second', $2, false, 80, case when n = 5 then 70 end,
                case when n in (5, 1100) then 37 end
           from generate_series(1, 1150) as n`,
        [person, at(0)],
      );
      const state = { ...NOTHING_KNOWN, newestMs: nowMs };
      await vigil.putAway([{ personId: person, receivedAtMs: nowMs, state }], NODE);
      const samples = await vigil.samplesOf(person, nowMs);
      expect(samples).toHaveLength(1_001);
      expect(samples[0]?.vitals).toEqual({ systolicMmhg: 70 });
      expect(samples[1]?.vitals).toEqual({ heartRateBpm: 80 });
    });

    test('is not awaited of somebody erased, nor by what was set for them once', async () => {
      const thresholds = pgThresholds(store.db);
      for (const n of [61, 62, 63]) {
        await run('insert into accounts.users (id, email) values ($1, $2)', [id(n), `${n}@example.org`]);
        await thresholds.set(id(n), 0, DOCTOR, { ...NOTHING_SET, expected: ['weightKg'] });
      }
      await thresholds.set(id(61), 1, DOCTOR, { ...NOTHING_SET, expected: [] });
      const beforeMs = Date.now() - 1_000;
      await erasePerson(store.db, id(62));
      await run('update accounts.users set erased_at = now() where id = $1 and erased_at is null', [id(62)]);
      expect(await vigil.awaited(Date.now() + 60_000, id(60), 3)).toEqual([id(63)]);
      expect(await vigil.erasedSince(beforeMs)).toEqual([id(62)]);
      expect((await thresholds.of(id(62)))?.expected).toBeNull();
    });

    test('records of others are found by when they came', async () => {
      const nowMs = Date.now();
      await addRecord(30, id(30), nowMs + 60_000, 118);
      await addRecord(31, id(30), nowMs + 61_000, 119, 'late');
      const records = await vigil.recordsSince(nowMs + 59_000, 10);
      expect(records).toMatchObject([{ personId: id(30), vitals: { systolicMmhg: 118 }, source: 'manual' }]);
    });
  });

  test('a number is judged live as it comes back', async () => {
    const values = [36.6, 36.049, 98.123456, 5.55555555, 0.3, 649.95, 1 / 3];
    for (const [i, value] of values.entries()) {
      await addSample(id(40), i, Date.now() + i, { temperature_c: value });
    }
    const [begun] = await vigil.begin([id(40)], Date.now());
    expect(begun?.samples.map(({ vitals }) => vitals.temperatureC)).toEqual(values.map(asKept));
  });

  describe('scores', () => {
    const vitals: Vitals = {
      heartRateBpm: 91,
      respirationPerMin: 16,
      systolicMmhg: 120,
      temperatureC: 36.05,
    };
    const scoreOf = (atS: number, more: Vitals = {}): Score => {
      const { current } = take({}, sampleOf(atS, { ...vitals, ...more }));
      const terms = { scale: 1, isPregnant: false, dateOfBirth: null, maxAgeMs: NEWS2_MAX_AGE_MS } as const;
      const result = scoreAt(current, terms, SAMPLES_FROM_MS + atS * 1_000);
      if (!result.applies) throw new Error(result.because);
      return result.score;
    };

    test('are kept once each, with what they are made of, and read back page by page', async () => {
      const personId = id(50);
      const whole = scoreOf(2, { spo2Pct: 96, onOxygen: true, consciousness: 'A' });
      const scores = [scoreOf(1), whole, scoreOf(3)].map((score) => ({ personId, score }));
      await vigil.keepScores(scores);
      await vigil.keepScores([...scores, { personId, score: { ...whole, risk: 'high' } }]);
      const kept = await pgScores(store.db).before(personId, null, 10);
      expect(kept.map(({ atMs }) => (atMs - SAMPLES_FROM_MS) / 1_000)).toEqual([3, 2, 1]);
      expect(kept[1]).toMatchObject({
        scale: 1,
        complete: true,
        total: 3,
        atLeast: 3,
        atMost: 3,
        risk: 'high',
        isAgeUnknown: true,
        parts: {
          temperature: { measured: 36.05, score: 0, ageMs: 0 },
          oxygen: { measured: true, score: 2, ageMs: 0 },
          consciousness: { measured: 'A', score: 0, ageMs: 0 },
        },
      });
      expect(kept[2]).toMatchObject({ complete: false, total: null, atLeast: 1, atMost: 9 });
      expect(Object.keys(kept[2]?.parts ?? {})).toEqual(['respiration', 'systolic', 'pulse', 'temperature']);
      const page = await pgScores(store.db).before(personId, kept[0]?.atMs ?? 0, 1);
      expect(page.map(({ atMs }) => atMs)).toEqual([kept[1]?.atMs]);
    });
  });
});
