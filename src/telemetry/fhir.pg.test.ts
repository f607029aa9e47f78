import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { EXAMPLES, meaningOf } from '../testing/telemetry/observation-meaning.ts';
import {
  aBundle,
  anObservation,
  bloodPressure,
  heartRate,
  identified,
  quantity,
} from '../testing/telemetry/observations.ts';
import { type Fhir, type FhirReply, openFhir } from './fhir/service.ts';
import type { People, Person } from './people.ts';
import { pgObservations } from './pg-fhir.ts';
import { pgVigilStore } from './pg-vigil.ts';
import { isSeenByPeople } from './vitals/judge-rules.ts';
import type { Sample } from './vitals/sample.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [ANNA, BEN, NURSE, STRANGER, DEVICE, EPOCH] = [id(1), id(2), id(3), id(4), id(5), id(6)];
const ANNAS_RECORD = id(11);
const BASE = 'https://muster.example.org/fhir';
const NOW = Date.parse('2026-03-01T09:00:00Z');

const PEOPLE: readonly Person[] = [
  { personId: ANNA, userId: ANNA, patientId: ANNAS_RECORD, dateOfBirth: null },
  { personId: BEN, userId: BEN, patientId: null, dateOfBirth: null },
];
const people: People = {
  person: async (asked) => PEOPLE.find((one) => [one.personId, one.patientId].includes(asked)) ?? null,
  relations: async (viewer, { personId }) =>
    viewer === personId ? ['self'] : viewer === NURSE ? ['care_team'] : [],
  careTeam: async () => [NURSE],
};

type Body = {
  readonly id: string;
  readonly code: { readonly text: string };
  readonly note: readonly { readonly text: string }[];
  readonly effectiveDateTime: string;
  readonly entry: readonly { readonly resource: Body; readonly response: { readonly status: string } }[];
  readonly link: readonly { readonly relation: string; readonly url: string }[];
};
const bodyOf = ({ resource }: FhirReply) => resource as unknown as Body;
const textOf = ({ resource }: FhirReply) => JSON.stringify(resource);

const EMPTY = emptying(
  'telemetry.vitals_samples',
  'telemetry.vitals_records',
  'telemetry.observations',
  'telemetry.observation_versions',
  'telemetry.observation_values',
);

describe.each(engines)('Observations, on %s', (engine) => {
  let store: TestStore;
  let fhir: Fhir;
  const clock = new ManualClock(NOW);
  const told: Sample[] = [];
  const retracted: string[] = [];
  const nurse = { userId: NURSE };

  beforeAll(async () => {
    store = await openTestStore(engine);
    fhir = openFhir({
      store: pgObservations(store.db),
      people,
      grantsOf: async (userId) => (userId === NURSE ? ['professional'] : []),
      watch: {
        sampled: (sample) => told.push(sample),
        retracted: async (personId) => void retracted.push(personId),
      },
      clock,
      newId: uuidV7Maker(() => clock.nowMs(), seededRandom(22)),
      lateAfterMs: 900_000,
    });
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    told.length = 0;
    retracted.length = 0;
    await store.owner.query({ name: '', text: EMPTY });
  });

  const rows = <Row>(text: string) => store.owner.query<Row>({ name: '', text });
  const create = (resource: unknown, ifNoneExist: string | null = null, by = nurse) =>
    fhir.create(by, BASE, resource, { ifMatch: null, ifNoneExist });
  const find = (query: string, by = nurse) => fhir.search(by, BASE, new URLSearchParams(query));
  const found = async (query: string) =>
    bodyOf(await find(`patient=${ANNA}&${query}`)).entry.map(({ resource }) => resource);
  const sampled = (atMs: number, seq: number, values: Record<string, number>) => {
    const columns = Object.keys(values).join(', ');
    return rows(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late, ${columns})
       values ('${new Date(atMs).toISOString()}', '${ANNA}', '${DEVICE}', '${EPOCH}', ${seq}, 'device',
         '${new Date(atMs).toISOString()}', now(), false, ${Object.values(values).join(', ')})`,
    );
  };
  const counted = () =>
    rows<Record<string, unknown>>(
      'select heart_rate_bpm, systolic_mmhg, diastolic_mmhg, doubts, late from telemetry.vitals where record_id is not null',
    );

  test('one that comes in is kept as a sample, and comes out as it was said', async () => {
    const made = await create(
      bloodPressure(ANNA, 107, 60, { effectiveDateTime: '2026-02', ...identified('a') }),
    );
    expect([made.status, made.etag]).toEqual([201, 'W/"1"']);
    expect(made.location).toBe(`Observation/${bodyOf(made).id}/_history/1`);
    expect(await counted()).toEqual([
      { heart_rate_bpm: null, systolic_mmhg: 107, diastolic_mmhg: 60, doubts: [], late: true },
    ]);
    const read = await fhir.read(nurse, BASE, bodyOf(made).id, null);
    expect(read.resource).toEqual(made.resource);
    expect(read.resource).toMatchObject({
      effectiveDateTime: '2026-02',
      subject: { reference: `Patient/${ANNAS_RECORD}` },
    });
    expect(read.about).toEqual([{ userId: ANNA, patientId: ANNAS_RECORD, action: 'read', failed: false }]);
  });

  test('sent again it is the same one; sent otherwise it is a new version, and the old one stays', async () => {
    const first = await create(heartRate(ANNA, 70, identified('b')));
    const again = await create(heartRate(ANNA, 70, identified('b')));
    expect([again.status, again.etag, bodyOf(again).id]).toEqual([200, 'W/"1"', bodyOf(first).id]);
    const mended = await create(heartRate(ANNA, 77, { ...identified('b'), status: 'corrected' }));
    expect([mended.status, mended.etag, bodyOf(mended).id]).toEqual([200, 'W/"2"', bodyOf(first).id]);
    expect(await counted()).toMatchObject([{ heart_rate_bpm: 77 }]);
    const old = await fhir.read(nurse, BASE, bodyOf(first).id, '1');
    expect(old.resource).toMatchObject({ status: 'final', valueQuantity: { value: 70 } });
    const late = await create(heartRate(ANNA, 70, identified('b')));
    expect([late.status, textOf(late)]).toEqual([409, expect.stringContaining('a later status is kept')]);
  });

  test('an identifier that several vital signs share is refused, and loses none of them', async () => {
    await create(heartRate(ANNA, 70, identified('report-1')));
    const other = anObservation(ANNA, '9279-1', {
      valueQuantity: quantity(14, '/min'),
      ...identified('report-1'),
    });
    expect((await create(other)).status).toBe(409);
    expect(await counted()).toMatchObject([{ heart_rate_bpm: 70 }]);
  });

  test('two at once of the same identifier are one', async () => {
    const both = await Promise.all([1, 2].map(() => create(heartRate(ANNA, 70, identified('c')))));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(await counted()).toHaveLength(1);
  });

  test('what was entered in error is taken back, stays on record, and comes back only for who has seen that', async () => {
    const made = await create(heartRate(ANNA, 70, identified('d')));
    const { id: name } = bodyOf(made);
    expect(retracted).toEqual([]);
    const error = await create(heartRate(ANNA, 70, { ...identified('d'), status: 'entered-in-error' }));
    expect(error.status).toBe(200);
    expect(retracted).toEqual([ANNA]);
    expect(await counted()).toEqual([]);
    expect(await found('code=8867-4')).toEqual([]);
    expect(await found('status=entered-in-error')).toMatchObject([{ id: name, status: 'entered-in-error' }]);
    const back = heartRate(ANNA, 71, { ...identified('d'), id: name });
    expect((await fhir.update(nurse, BASE, name, back, null)).status).toBe(409);
    expect((await fhir.update(nurse, BASE, name, back, 'W/"1"')).status).toBe(412);
    expect((await fhir.update(nurse, BASE, name, back, 'W/"2"')).status).toBe(200);
    expect(await counted()).toMatchObject([{ heart_rate_bpm: 71 }]);
  });

  test('one that was cancelled before it existed is remembered, and is no sample', async () => {
    const cancelled = { ...identified('e'), status: 'cancelled', effectiveDateTime: undefined };
    expect((await create(bloodPressure(ANNA, null, null, cancelled))).status).toBe(201);
    expect(await rows('select id from telemetry.vitals_records')).toEqual([]);
    expect((await create(bloodPressure(ANNA, 120, 80, identified('e')))).status).toBe(409);
  });

  test('what is found by its identifier is not made again', async () => {
    const made = await create(heartRate(ANNA, 70, identified('f', 'urn:a')));
    const again = await create(heartRate(ANNA, 99), 'identifier=urn:a|f');
    expect([again.status, again.resource]).toEqual([200, made.resource]);
    expect((await create(heartRate(ANNA, 99), 'identifier=urn:b|f')).status).toBe(201);
    for (const other of ['code=8867-4', 'identifier=urn:a|%00', 'identifier=']) {
      expect((await create(heartRate(ANNA, 99), other)).status).toBe(400);
    }
  });

  test('a client names one by a UUID, once, for one patient', async () => {
    const named = { id: id(77) };
    expect((await fhir.update(nurse, BASE, id(77), heartRate(ANNA, 70, named), null)).status).toBe(201);
    expect((await fhir.update(nurse, BASE, id(77), heartRate(ANNA, 71, named), null)).status).toBe(200);
    expect((await fhir.update(nurse, BASE, id(77), heartRate(BEN, 71, named), null)).status).toBe(409);
    expect((await fhir.update(nurse, BASE, id(78), heartRate(ANNA, 71, named), null)).status).toBe(400);
    expect((await fhir.update(nurse, BASE, 'mine', heartRate(ANNA, 71, { id: 'mine' }), null)).status).toBe(
      400,
    );
  });

  const MANUAL = id(60);
  const manual = (personId: string) =>
    rows(
      `insert into telemetry.vitals_records (id, person_id, source, entered_by, recorded_at, received_at, late, weight_kg)
       values ('${MANUAL}', '${personId}', 'manual', '${NURSE}', '2026-03-01T08:58:30Z', '2026-03-01T08:58:30Z', false, 80)`,
    );
  const inRecord = () => rows(`select * from telemetry.vitals_records where id = '${MANUAL}'`);

  test.each([
    ['of another patient', BEN],
    ['of the same patient', ANNA],
  ])('what people wrote down %s is neither overwritten nor taken back under its id', async (_, personId) => {
    await manual(personId);
    const before = await inRecord();
    const named = { id: MANUAL };
    const error = bloodPressure(ANNA, null, null, { ...named, status: 'entered-in-error' });
    for (const by of [nurse, { userId: ANNA }]) {
      for (const one of [heartRate(ANNA, 30, named), error]) {
        const put = await fhir.update(by, BASE, MANUAL, one, null);
        expect([put.status, textOf(put)]).toEqual([409, expect.stringContaining('name this by another one')]);
      }
      const both = aBundle('transaction', [
        { resource: heartRate(ANNA, 31) },
        { method: 'PUT', url: `Observation/${MANUAL}`, resource: heartRate(ANNA, 30, named) },
      ]);
      expect((await fhir.bundle(by, BASE, both)).status).toBe(409);
    }
    expect(await inRecord()).toEqual(before);
    expect(await rows('select id from telemetry.observations')).toEqual([]);
    expect([told, retracted]).toEqual([[], []]);
  });

  test('what people wrote down is left alone by an Observation of before that has its id', async () => {
    const named = { id: MANUAL, status: 'registered', effectiveDateTime: '2026-03-01T08:50:00Z' };
    expect((await fhir.update(nurse, BASE, MANUAL, heartRate(ANNA, 70, named), null)).status).toBe(201);
    await manual(BEN);
    const before = await inRecord();
    for (const status of ['final', 'entered-in-error']) {
      const put = await fhir.update(nurse, BASE, MANUAL, heartRate(ANNA, 70, { ...named, status }), null);
      expect(put.status).toBe(409);
    }
    expect(await inRecord()).toEqual(before);
  });

  test('what somebody said is changed and taken back by themselves and by professionals only', async () => {
    const named = { id: id(79) };
    const put = (by: string, bpm: number, more: object = {}, ifMatch: string | null = null) =>
      fhir.update({ userId: by }, BASE, id(79), heartRate(ANNA, bpm, { ...named, ...more }), ifMatch);
    expect((await put(NURSE, 140)).status).toBe(201);
    const refusals = [
      await put(ANNA, 70),
      await put(ANNA, 70, {}, 'W/"1"'),
      await put(ANNA, 140, { status: 'entered-in-error' }),
    ];
    for (const { status, resource } of refusals) {
      expect([status, resource]).toMatchObject([403, { issue: [{ code: 'forbidden' }] }]);
    }
    expect(await counted()).toMatchObject([{ heart_rate_bpm: 140 }]);
    expect(retracted).toEqual([]);

    const own = await create(heartRate(ANNA, 71, identified('own')), null, { userId: ANNA });
    const mended = await create(heartRate(ANNA, 72, identified('own')), null, { userId: ANNA });
    expect([mended.status, mended.etag]).toEqual([200, 'W/"2"']);
    const name = bodyOf(own).id;
    const corrected = heartRate(ANNA, 73, { id: name, status: 'corrected' });
    expect((await fhir.update(nurse, BASE, name, corrected, null)).status).toBe(200);
    // What a professional has set right is theirs from then on.
    const back = heartRate(ANNA, 72, { id: name });
    expect((await fhir.update({ userId: ANNA }, BASE, name, back, 'W/"3"')).status).toBe(403);
  });

  test('of strangers there is nothing, and who asked is told to the audit log', async () => {
    const made = await create(heartRate(ANNA, 70));
    const stranger = { userId: STRANGER };
    const answers = [
      await create(heartRate(ANNA, 70), null, stranger),
      await fhir.read(stranger, BASE, bodyOf(made).id, null),
      await find(`patient=${ANNA}`, stranger),
    ];
    for (const { status, about } of answers) {
      expect(status).toBe(404);
      expect(about).toMatchObject([{ userId: ANNA, patientId: ANNAS_RECORD, failed: true }]);
    }
  });

  test('what says how somebody is now is told once it is kept; what is late, vague or not believed is not', async () => {
    await create(heartRate(ANNA, 140, { ...identified('g'), effectiveDateTime: '2026-03-01T08:59:00Z' }));
    await create(heartRate(ANNA, 140, { ...identified('g'), effectiveDateTime: '2026-03-01T08:59:00Z' }));
    await create(heartRate(ANNA, 141, { effectiveDateTime: '2026-03-01T08:00:00Z' }));
    await create(heartRate(ANNA, 142, { effectiveDateTime: '2026-03-01' }));
    await create(heartRate(ANNA, 900, { effectiveDateTime: '2026-03-01T08:59:00Z' }));
    expect(told).toMatchObject([
      {
        personId: ANNA,
        source: 'fhir',
        vitals: { heartRateBpm: 140 },
        recordedAtMs: NOW - 60_000,
        late: false,
      },
    ]);
  });

  test('what a person can not have is kept, and goes out with the word that it is not believed', async () => {
    const { resource } = await create(heartRate(ANNA, 900));
    expect(await counted()).toMatchObject([
      { heart_rate_bpm: 900, doubts: ['heart_rate_bpm:above_plausible'] },
    ]);
    expect(resource).toMatchObject({
      valueQuantity: { value: 900 },
      interpretation: [{ coding: [{ code: 'QCF' }] }],
      note: [{ text: expect.stringContaining('not believed') }],
    });
  });

  test('of a batch each entry stands by itself', async () => {
    const batch = aBundle('batch', [
      { resource: heartRate(ANNA, 70) },
      { resource: anObservation(ANNA, '2160-0', { valueQuantity: quantity(1, 'mg/dL') }) },
      { resource: heartRate(id(99), 70) },
      { method: 'GET', url: `Observation?patient=${ANNA}` },
      { method: 'DELETE', url: 'Observation/x' },
    ]);
    const done = await fhir.bundle(nurse, BASE, batch);
    expect(bodyOf(done).entry.map(({ response }) => response.status)).toEqual([
      '201',
      '422',
      '404',
      '200',
      '405',
    ]);
    expect(bodyOf(done).entry[3]?.resource.entry).toHaveLength(1);
    expect(await counted()).toHaveLength(1);
  });

  test('a Bundle finds so many Observations and no more, of however many searches', async () => {
    await rows(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late, heart_rate_bpm)
       select at, '${ANNA}', '${DEVICE}', '${EPOCH}', n, 'device', at, at, false, 70
         from (select n, timestamptz '2026-03-01T08:00:00Z' + n * interval '1 second' as at
                 from generate_series(1, 250) n) s`,
    );
    const gets = (count: number, size = 150) =>
      Array.from({ length: count }, () => ({
        method: 'GET',
        url: `Observation?patient=${ANNA}&_count=${size}`,
      }));
    for (const type of ['batch', 'transaction'] as const) {
      const done = await fhir.bundle(nurse, BASE, aBundle(type, gets(8)));
      const { entry } = bodyOf(done);
      expect(entry.map(({ response }) => response.status)).toEqual([...Array(7).fill('200'), '413']);
      expect(entry.map(({ resource }) => resource?.entry.length)).toEqual([
        ...Array(6).fill(150),
        100,
        undefined,
      ]);
      expect(entry[6]?.resource.link.map(({ relation }) => relation)).toEqual(['self', 'next']);
      expect((await fhir.bundle(nurse, BASE, aBundle(type, gets(20, 1)))).status).toBe(200);
      const tooMany = await fhir.bundle(nurse, BASE, aBundle(type, gets(21, 1)));
      expect([tooMany.status, textOf(tooMany)]).toEqual([413, expect.stringContaining('at most 20 GET')]);
    }
  });

  test.each([
    ['a person says', {}, true],
    ['a person has set right', { status: 'corrected' }, true],
    ['is preliminary', { status: 'preliminary' }, false],
    ['a device measured', { device: { display: 'Monitor of bed 3' } }, false],
  ])('what %s is judged as that, live and from what is kept', async (_, more, isSeen) => {
    const effectiveDateTime = '2026-03-01T08:59:00Z';
    const made = await create(heartRate(ANNA, 140, { effectiveDateTime, ...identified('seen') }));
    expect(made.status).toBe(201);
    // Said again, as it is by other systems: the newest version counts.
    const { id: name } = bodyOf(made);
    await fhir.update(
      nurse,
      BASE,
      name,
      heartRate(ANNA, 141, { effectiveDateTime, id: name, ...more }),
      'W/"1"',
    );
    const vigil = pgVigilStore(store.db);
    const [begun] = await vigil.begin([ANNA], NOW + 1);
    const since = await vigil.recordsSince(NOW - 1, 10);
    const live = told.at(-1) as Sample;
    expect(live).toMatchObject({ vitals: { heartRateBpm: 141 } });
    expect([live, begun?.samples[0], since[0]].map((one) => one && isSeenByPeople(one))).toEqual([
      isSeen,
      isSeen,
      isSeen,
    ]);
    expect(begun?.samples).toEqual([live]);
  });

  test('of a transaction all is kept or nothing, and its panel refers to what was kept', async () => {
    const panel = anObservation(ANNA, '85353-1', {
      hasMember: [{ reference: 'urn:uuid:1' }, { reference: 'Observation/rr' }],
    });
    const entries = [
      { resource: panel },
      { resource: heartRate(ANNA, 70), fullUrl: 'urn:uuid:1' },
      {
        resource: anObservation(ANNA, '9279-1', { valueQuantity: quantity(26, '/min') }),
        fullUrl: 'https://other.example.org/fhir/Observation/rr',
      },
    ];
    const bad = await fhir.bundle(
      nurse,
      BASE,
      aBundle('transaction', [...entries, { resource: heartRate(BEN, 1, { status: 'x' }) }]),
    );
    expect([bad.status, textOf(bad)]).toEqual([400, expect.stringContaining('Bundle.entry[3].resource')]);
    expect(await rows('select id from telemetry.observations')).toEqual([]);

    const good = await fhir.bundle(nurse, BASE, aBundle('transaction', entries));
    expect(bodyOf(good).entry.map(({ response }) => response.status)).toEqual(['201', '201', '201']);
    const [first, ...members] = bodyOf(good).entry.map(({ resource }) => resource);
    expect(first).toMatchObject({
      hasMember: members.map((member) => ({ reference: `Observation/${member.id}` })),
    });
  });

  test('a refusal by what is kept undoes the whole transaction', async () => {
    await create(heartRate(ANNA, 70, { ...identified('h'), status: 'corrected' }));
    const done = await fhir.bundle(
      nurse,
      BASE,
      aBundle('transaction', [
        { resource: heartRate(ANNA, 71) },
        { resource: heartRate(ANNA, 72, identified('h')) },
      ]),
    );
    expect(done.status).toBe(409);
    expect(await counted()).toMatchObject([{ heart_rate_bpm: 70 }]);
  });

  test('a panel with its members inside makes one of each, the same ones when it comes again', async () => {
    const inside = [
      heartRate(ANNA, 70, { id: 'm1', effectiveDateTime: undefined }),
      { ...anObservation(ANNA, '9279-1', { valueQuantity: quantity(14, '/min') }), id: 'm2' },
    ];
    const panel = anObservation(ANNA, '85353-1', {
      ...identified('i'),
      contained: inside,
      hasMember: [{ reference: '#m1' }, { reference: '#m2' }],
    });
    const made = await create(panel);
    expect(await found('code=8867-4,9279-1')).toHaveLength(2);
    expect((await create(panel)).resource).toEqual(made.resource);
    expect(await counted()).toHaveLength(2);
  });

  test('samples of devices are Observations too, each with an id that stays and leads back to it', async () => {
    await sampled(NOW - 5_000, 1, { heart_rate_bpm: 61, systolic_mmhg: 120, spo2_pct: 97.5 });
    const all = await found('');
    expect(all.map(({ code }) => code.text)).toEqual([
      'Heart rate',
      'Blood pressure panel with all children optional',
      'Oxygen saturation in Arterial blood',
    ]);
    expect(all[1]).toMatchObject({
      status: 'final',
      effectiveDateTime: '2026-03-01T08:59:55.000Z',
      component: [
        { valueQuantity: { value: 120, code: 'mm[Hg]' } },
        { dataAbsentReason: { coding: [{ code: 'unknown' }] } },
      ],
    });
    for (const one of all) {
      expect(one.id).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
      expect((await fhir.read(nurse, BASE, one.id, null)).resource).toEqual(one);
    }
    const [{ id: name = '' } = {}] = all;
    expect((await fhir.update(nurse, BASE, name, heartRate(ANNA, 1, { id: name }), null)).status).toBe(405);
    expect((await fhir.read({ userId: STRANGER }, BASE, name, null)).status).toBe(404);
  });

  test.each(['-date', 'date'])('pages in the order %s hold everything once', async (sort) => {
    for (let n = 0; n < 12; n += 1) {
      // Three at the same instant, so that a page can end between them.
      await sampled(NOW - 60_000 * Math.floor(n / 3), n, { heart_rate_bpm: 60 + n, spo2_pct: 90 + n / 2 });
    }
    for (let n = 0; n < 5; n += 1) {
      await create(heartRate(ANNA, 30 + n, { effectiveDateTime: new Date(NOW - 60_000 * n).toISOString() }));
    }
    await rows(
      `insert into telemetry.vitals_records (id, person_id, source, recorded_at, late, weight_kg, temperature_c)
       values ('${id(50)}', '${ANNA}', 'manual', '2026-03-01T08:58:30Z', false, 80, 36.6)`,
    );
    const whole = await found(`_sort=${sort}&_count=200`);
    expect(whole).toHaveLength(12 * 2 + 5 + 2);
    const times = whole.map(({ effectiveDateTime }) => Date.parse(effectiveDateTime));
    expect(times).toEqual([...times].sort((a, b) => (sort === 'date' ? a - b : b - a)));

    const paged: Body[] = [];
    let query: string | null = `patient=${ANNA}&_sort=${sort}&_count=4`;
    while (query !== null) {
      const page = bodyOf(await find(query));
      expect(page.entry.length).toBeLessThanOrEqual(4);
      paged.push(...page.entry.map(({ resource }) => resource));
      const next = page.link.find(({ relation }) => relation === 'next')?.url;
      expect(next ?? BASE).toMatch(/^https:\/\/muster\.example\.org\/fhir/);
      query = next?.split('?')[1] ?? null;
    }
    expect(paged).toEqual(whole);
  });

  test('a seldom sign is found behind many others, a page at a time', async () => {
    await rows(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late, heart_rate_bpm, glucose_mmol_l)
       select at, '${ANNA}', '${DEVICE}', '${EPOCH}', n, 'device', at, at, false, 70, case when n = 1 then 5.5 end
         from (select n, timestamptz '2026-02-28T00:00:00Z' + n * interval '1 second' as at
                 from generate_series(1, 20500) n) s`,
    );
    const page = bodyOf(await find(`patient=${ANNA}&code=15074-8`));
    expect(page.entry).toEqual([]);
    const next = page.link.find(({ relation }) => relation === 'next')?.url.split('?')[1] ?? '';
    const last = bodyOf(await find(next));
    expect(last.entry.map(({ resource }) => resource)).toMatchObject([{ valueQuantity: { value: 5.5 } }]);
    expect(last.link.map(({ relation }) => relation)).toEqual(['self']);
  });

  test.each([
    ['date=2026-02', ['2026-02', '2026-02-10', '2026-02-10T12:00:00Z']],
    ['date=2026-02-10', ['2026-02-10', '2026-02-10T12:00:00Z']],
    ['date=ge2026-02-11', ['2026-02', '2026-02-20/2026-03-01', '2026-01-05/']],
    ['date=gt2026-02', ['2026-02-20/2026-03-01', '2026-01-05/']],
    ['date=lt2026-02-10', ['2026-02', '2026-01-05/']],
    ['date=le2026-02-09', ['2026-02', '2026-01-05/']],
    ['date=sa2026-02-10', ['2026-02-20/2026-03-01']],
    ['date=eb2026-02-20', ['2026-02-10', '2026-02-10T12:00:00Z']],
    ['date=ne2026-02', ['2026-02-20/2026-03-01', '2026-01-05/']],
    ['date=ge2026-02-01&date=lt2026-02-11', ['2026-02', '2026-02-10', '2026-02-10T12:00:00Z', '2026-01-05/']],
    ['date=2026-02-10T12:00,2026-01', ['2026-02-10T12:00:00Z']],
    ['date=ap2026-02-19', ['2026-02', '2026-02-20/2026-03-01', '2026-01-05/']],
  ])('%s finds what was so then, as exactly as it was said', async (query, expected) => {
    for (const said of [
      '2026-02',
      '2026-02-10',
      '2026-02-10T12:00:00Z',
      '2026-02-20/2026-03-01',
      '2026-01-05/',
    ]) {
      const [start, end] = said.split('/');
      const effectivePeriod = { start, ...(end ? { end } : {}) };
      const when = end === undefined ? {} : { effectiveDateTime: undefined, effectivePeriod };
      await create(heartRate(ANNA, 70, { effectiveDateTime: said, note: [{ text: said }], ...when }));
    }
    const notes = (await found(query)).map(({ note }) => note[0]?.text);
    expect(notes.sort()).toEqual([...expected].sort());
  });

  test.each([
    ['code=8867-4', 2],
    ['code=http://loinc.org|8867-4', 2],
    ['code=http://loinc.org|', 3],
    ['code=|8867-4', 0],
    ['code=http://snomed.info/sct|8867-4', 0],
    ['code=8867-4,8302-2', 3],
    ['code=59408-5', 0],
    ['code=8867-4&code=8302-2', 0],
    ['category=vital-signs', 3],
    ['category=laboratory', 0],
    ['status=preliminary', 1],
  ])('%s finds %d', async (query, expected) => {
    await create(heartRate(ANNA, 70));
    await create(heartRate(ANNA, 71, { status: 'preliminary' }));
    await create(anObservation(ANNA, '8302-2', { valueQuantity: quantity(66.9, '[in_i]') }));
    await create(heartRate(BEN, 72));
    expect(await found(query)).toHaveLength(expected);
  });

  describe.skipIf(EXAMPLES.length === 0)('the examples of HL7 (skipped without ../shared/data)', () => {
    const own = (one: object) => ({ ...one, subject: { reference: `Patient/${ANNA}` } });

    test.each(EXAMPLES.filter(({ id: name }) => name !== 'f001'))(
      '$id goes in and comes out again',
      async (one) => {
        const made = await create(own(one));
        expect(made.status).toBe(201);
        const { resource } = await fhir.read(nurse, BASE, bodyOf(made).id, null);
        expect(meaningOf(resource ?? {})).toEqual(meaningOf(one));
      },
    );

    test('in a batch only the lab value is refused; as a transaction they are, because one was cancelled meanwhile', async () => {
      // Three of them are one measurement by their identifier, which is taken back by the last.
      const order = ['Observation-blood-pressure', 'blood-pressure-dar', 'blood-pressure-cancel'];
      const sorted = [...EXAMPLES].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
      const entries = sorted.map((one) => ({
        resource: own(one),
        fullUrl: `http://hl7.org/fhir/Observation/${one.id}`,
      }));
      const batch = bodyOf(await fhir.bundle(nurse, BASE, aBundle('batch', entries)));
      const statuses = batch.entry.map(({ response }) => response.status);
      expect(statuses.filter((status) => status === '422')).toHaveLength(1);
      expect(statuses.filter((status) => status === '200')).toHaveLength(2);
      expect(await found('code=85354-9')).toEqual([]);

      const lab = entries.filter(({ resource }) => (resource as unknown as { id: string }).id !== 'f001');
      const transaction = await fhir.bundle(nurse, BASE, aBundle('transaction', lab));
      expect(transaction.status).toBe(409);
    });
  });

  test.each([
    '',
    'patient=',
    `patient=${ANNA}&subject=${BEN}`,
    `patient=${ANNA}&value-quantity=lt5`,
    `patient=${ANNA}&date=yesterday`,
    `patient=${ANNA}&date=zz2026`,
    `patient=${ANNA}&_count=0`,
    `patient=${ANNA}&_sort=code`,
    `patient=${ANNA}&status=gone`,
    `patient=${ANNA}&_page=WzEsMiwzXQ`,
  ])('a search by "%s" is refused with an outcome', async (query) => {
    const { status, resource } = await find(query);
    expect([status, resource]).toMatchObject([400, { resourceType: 'OperationOutcome' }]);
  });
});
