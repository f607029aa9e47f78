import { beforeEach, describe, expect, test } from 'vitest';
import type { Relation } from '../../access/words.ts';
import { ManualClock } from '../../lib/clock.ts';
import { ok, refused } from '../../lib/result.ts';
import { SAMPLES_FROM_MS, sampleOf } from '../../testing/telemetry/samples.ts';
import type { Person } from '../people.ts';
import { type Entry, type NewRecord, openBedside, type StoredRecord } from './bedside.ts';
import { NOTHING_KNOWN } from './judge-state.ts';
import { limitsOf } from './limits-of.ts';
import type { Sample } from './sample.ts';
import { NOTHING_SET, type ThresholdSettings, type Thresholds } from './thresholds.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [PATIENT, DOCTOR, FAMILY, STRANGER, RECORD] = [id(1), id(2), id(3), id(4), id(11)];
const MINUTE_MS = 60_000;

const patient: Person = { personId: PATIENT, userId: PATIENT, patientId: RECORD, dateOfBirth: '1950-03-04' };
const RELATIONS: Readonly<Record<string, readonly Relation[]>> = {
  [PATIENT]: ['self'],
  [DOCTOR]: ['own_patient', 'care_team'],
  [FAMILY]: ['care_team'],
};
const viewer = (userId: string) => ({ userId, grants: userId === DOCTOR ? ['professional'] : [] });

/** One patient with a doctor and a relative, and everything that was told to the vigil. */
class Ward {
  readonly clock = new ManualClock(SAMPLES_FROM_MS);
  readonly told: unknown[] = [];
  readonly kept = new Map<string, StoredRecord>();
  readonly records: NewRecord[] = [];
  newest: Sample[] = [];
  current = {};
  set: Thresholds | null = null;
  readonly bedside = openBedside<string>({
    clock: this.clock,
    people: {
      person: async (one) => (one === PATIENT || one === RECORD ? patient : null),
      relations: async (viewerId) => RELATIONS[viewerId] ?? [],
    },
    vigil: {
      known: async () => ({ current: this.current, limits: limitsOf(this.set), person: patient }),
      sampled: (sample) => this.told.push(sample),
      thresholdsChanged: (personId, { version }) => this.told.push({ personId, version }),
      retracted: async (personId) => void this.told.push({ retracted: personId }),
    },
    thresholds: {
      of: async () => this.set,
      set: async (_person, version, by, settings) => this.#setThresholds(version, by, settings),
    },
    records: {
      read: async (recordId) => this.kept.get(recordId) ?? null,
      add: async (record) => this.#add(record),
      retract: async (recordId) => {
        const stored = this.kept.get(recordId);
        if (stored) this.kept.set(recordId, { ...stored, retractedAtMs: 1 });
      },
    },
    scores: { before: async (personId, beforeMs, limit) => [`${personId} ${beforeMs} ${limit}`] },
    newest: async () => this.newest,
  });

  async #setThresholds(version: number, by: string, settings: ThresholdSettings) {
    if ((this.set?.version ?? 0) !== version) return refused('thresholds_changed');
    this.set = { ...settings, version: version + 1, changedBy: by, changedAtMs: 1, scaleOrder: null };
    return ok(this.set);
  }

  async #add(record: NewRecord) {
    const { recordId, personId, enteredBy, sample } = record;
    const isNew = !this.kept.has(recordId);
    if (isNew) {
      const { recordedAtMs, late } = sample;
      this.kept.set(recordId, { personId, enteredBy, recordedAtMs, late, doubts: [], retractedAtMs: null });
      this.records.push(record);
    }
    return { isNew, stored: this.kept.get(recordId) ?? null };
  }
}

let ward: Ward;
beforeEach(() => {
  ward = new Ward();
});

const entry = (other: Partial<Entry> = {}): Entry => ({
  id: id(50),
  vitals: { temperatureC: 38.5 },
  notes: null,
  ...other,
});

describe('who may', () => {
  test.each([
    ['the patient', PATIENT, true, false, true],
    ['their doctor', DOCTOR, true, true, true],
    ['a relative in the care team', FAMILY, true, false, false],
    ['a stranger', STRANGER, false, false, false],
  ])('%s: read, change limits, write down', async (_, userId, reads, changes, records) => {
    const by = viewer(userId);
    const { bedside } = ward;
    for (const answer of [
      await bedside.thresholds(by, PATIENT),
      await bedside.news2(by, PATIENT),
      await bedside.scores(by, PATIENT, null, 5),
      await bedside.latest(by, PATIENT),
    ]) {
      expect(answer.ok).toBe(reads);
      if (!answer.ok) expect(answer.code).toBe('not_found');
    }
    expect((await bedside.setThresholds(by, PATIENT, 0, NOTHING_SET)).ok).toBe(changes);
    expect((await bedside.record(by, PATIENT, entry())).ok).toBe(records);
  });

  test('a patient is the same by account and by record, and is named for the audit log', async () => {
    const answer = await ward.bedside.latest(viewer(DOCTOR), RECORD);
    expect(answer).toMatchObject({ value: { personId: PATIENT, subjectUserId: PATIENT } });
  });
});

describe('what is written down', () => {
  test('is kept and judged at once', async () => {
    const answer = await ward.bedside.record(viewer(DOCTOR), RECORD, entry({ notes: 'after the walk' }));
    expect(answer).toMatchObject({
      value: { value: { late: false, doubts: {}, recordedAtMs: SAMPLES_FROM_MS } },
    });
    expect(ward.records).toMatchObject([{ personId: PATIENT, enteredBy: DOCTOR, notes: 'after the walk' }]);
    expect(ward.told).toMatchObject([
      { personId: PATIENT, source: 'manual', vitals: { temperatureC: 38.5 } },
    ]);
  });

  test('and sent again is the same record, judged once; the same id of somebody else is another record', async () => {
    const by = viewer(DOCTOR);
    const [first, again] = [
      await ward.bedside.record(by, PATIENT, entry()),
      await ward.bedside.record(by, PATIENT, entry({ vitals: { temperatureC: 40 } })),
    ];
    expect(again).toMatchObject({ value: { value: { recordId: first.ok && first.value.value.recordId } } });
    expect(ward.told).toHaveLength(1);
    const other = await ward.bedside.record(viewer(PATIENT), PATIENT, entry());
    expect(other).not.toMatchObject({
      value: { value: { recordId: first.ok && first.value.value.recordId } },
    });
  });

  test('an hour later is kept as late and judged by nobody', async () => {
    const recordedAtMs = SAMPLES_FROM_MS - 61 * MINUTE_MS;
    const answer = await ward.bedside.record(viewer(DOCTOR), PATIENT, entry({ recordedAtMs }));
    expect(answer).toMatchObject({ value: { value: { late: true, recordedAtMs } } });
    expect(ward.told).toMatchObject([{ late: true }]);
  });

  test('by a clock that runs ahead is of now, and of tomorrow is refused', async () => {
    const ahead = await ward.bedside.record(
      viewer(DOCTOR),
      PATIENT,
      entry({ recordedAtMs: SAMPLES_FROM_MS + MINUTE_MS }),
    );
    expect(ahead).toMatchObject({ value: { value: { recordedAtMs: SAMPLES_FROM_MS } } });
    const tomorrow = entry({ id: id(51), recordedAtMs: SAMPLES_FROM_MS + 86_400_000 });
    expect(await ward.bedside.record(viewer(DOCTOR), PATIENT, tomorrow)).toMatchObject({
      code: 'bad_request',
    });
  });

  test('and can not be is kept, and said', async () => {
    const answer = await ward.bedside.record(
      viewer(DOCTOR),
      PATIENT,
      entry({ vitals: { temperatureC: 99 } }),
    );
    expect(answer).toMatchObject({ value: { value: { doubts: { temperatureC: 'above_plausible' } } } });
  });

  test('is taken back by who wrote it or a professional, once, and the rest is judged again', async () => {
    const recorded = await ward.bedside.record(viewer(PATIENT), PATIENT, entry());
    const recordId = recorded.ok ? recorded.value.value.recordId : '';
    ward.told.length = 0;
    for (const by of [FAMILY, STRANGER]) {
      expect((await ward.bedside.retract(viewer(by), PATIENT, recordId)).ok).toBe(false);
    }
    expect((await ward.bedside.retract(viewer(DOCTOR), PATIENT, recordId)).ok).toBe(true);
    expect((await ward.bedside.retract(viewer(PATIENT), PATIENT, recordId)).ok).toBe(true);
    expect(ward.told).toEqual([{ retracted: PATIENT }]);
    expect(await ward.bedside.retract(viewer(DOCTOR), PATIENT, id(77))).toMatchObject({ code: 'not_found' });
  });
});

describe('limits', () => {
  test('are shown as set and as they count, and change at once', async () => {
    const before = await ward.bedside.thresholds(viewer(PATIENT), PATIENT);
    expect(before).toMatchObject({
      value: { value: { set: null, inForce: { heartRateBpm: { highWarning: 131 } } } },
    });
    const settings = {
      ...NOTHING_SET,
      spo2Scale: 2,
      reason: 'Hypercapnic',
      targetHeartRateBpm: 140,
    } as const;
    const changed = await ward.bedside.setThresholds(viewer(DOCTOR), PATIENT, 0, settings);
    expect(changed).toMatchObject({
      value: {
        value: {
          set: { version: 1, changedBy: DOCTOR },
          inForce: { heartRateBpm: { highWarning: 150 }, spo2Pct: { lowWarning: 85, lowCritical: 83 } },
        },
      },
    });
    expect(ward.told).toEqual([{ personId: PATIENT, version: 1 }]);
    const unseen = await ward.bedside.setThresholds(viewer(DOCTOR), PATIENT, 0, NOTHING_SET);
    expect(unseen).toMatchObject({ code: 'thresholds_changed' });
  });
});

describe('how somebody is', () => {
  test('has the newest of everything, also what came late', async () => {
    ward.current = { heartRateBpm: { value: 80, atMs: SAMPLES_FROM_MS, source: 'device' } };
    ward.newest = [
      sampleOf(-90_000, { weightKg: 80, heartRateBpm: 60 }, { late: true }),
      sampleOf(-80_000, { weightKg: 900 }, { late: true }),
    ];
    const answer = await ward.bedside.latest(viewer(FAMILY), PATIENT);
    expect(answer).toMatchObject({
      value: { value: { current: { heartRateBpm: { value: 80 }, weightKg: { value: 80 } } } },
    });
  });

  test('is scored as of now: what was young an hour ago counts no more', async () => {
    const at = (minutesAgo: number) => ({ atMs: SAMPLES_FROM_MS - minutesAgo * MINUTE_MS, source: 'manual' });
    ward.current = {
      ...NOTHING_KNOWN.current,
      heartRateBpm: { value: 120, ...at(10) },
      systolicMmhg: { value: 95, ...at(60) },
      respirationPerMin: { value: 30, ...at(31) },
    };
    expect(await ward.bedside.news2(viewer(DOCTOR), PATIENT)).toMatchObject({
      value: {
        value: {
          result: {
            applies: true,
            score: { total: null, atLeast: 4, stale: ['respiration'], agesMs: { pulse: 600_000 } },
          },
          maxAgeMs: { pulse: 1_800_000 },
        },
      },
    });
  });
});
