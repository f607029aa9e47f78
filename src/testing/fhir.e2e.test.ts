import { afterAll, beforeAll, expect, test } from 'vitest';
import { MusterError, MusterHttp } from '../client/node.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import {
  aBundle,
  anObservation,
  bloodPressure,
  concept,
  heartRate,
  identified,
  quantity,
} from './telemetry/observations.ts';
import { until } from './until.ts';

const PASSWORD = 'a long enough password';

let database: TestDatabase;
let node: OwnEngine;
let http: MusterHttp;
let admin: string;
let doctor: string;
let patientId: string;

const somebody = async (name: string) => {
  const person = { email: `${name}@example.org`, password: PASSWORD, name };
  const { userId } = await http.register(person);
  const token = async () => (await http.signIn(person)).accessToken;
  return { userId: userId ?? '', token };
};
const resource = (one: Record<string, unknown>) => ({ ...one, resourceType: String(one.resourceType) });
const ask = (path: string, init: RequestInit & { readonly token?: string } = {}) => {
  const { token, headers, ...rest } = init;
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${node.url}${path}`, { ...rest, headers: { ...bearer, ...headers } });
};

beforeAll(async () => {
  database = await openNodeDatabase();
  const { connection } = database;
  node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    env: { ...process.env, MUSTER_SMTP_URL: '', MUSTER_PUBLIC_URL: '' },
    onDeath: () => {},
  });
  http = new MusterHttp(node.url);
  const first = { email: 'admin@example.org', password: PASSWORD, name: 'Admin' };
  admin = (await http.setup({ ...first, setupToken: node.setupToken ?? '' })).accessToken;
  const tono = await somebody('tono');
  await http.setGrant(admin, tono.userId, 'professional', true);
  doctor = await tono.token();
  patientId = await http.patients.add(doctor, { firstName: 'Ibu', lastName: 'Sari' });
});
afterAll(async () => {
  await node?.remove();
  await database?.stop();
});

test('anybody is told what the node does with FHIR', async () => {
  const answer = await ask('/fhir/metadata');
  expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  expect(await answer.json()).toMatchObject({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    implementation: { url: `${node.url}/fhir` },
  });
});

test('somebody of the care team records, corrects and reads; the record shows it', async () => {
  const made = await http.fhir.create(doctor, resource(bloodPressure(patientId, 107, 60, identified('1'))));
  const id = String(made.id);
  expect(made).toMatchObject({ status: 'final', subject: { reference: `Patient/${patientId}` } });
  expect(
    await http.fhir.create(doctor, resource(bloodPressure(patientId, 107, 60, identified('1')))),
  ).toEqual(made);
  const mended = bloodPressure(patientId, 117, 60, { ...identified('1'), status: 'corrected' });
  expect(await http.fhir.update(doctor, id, resource(mended), '1')).toMatchObject({
    meta: { versionId: '2' },
  });
  expect(await http.fhir.version(doctor, id, '1')).toMatchObject({ status: 'final' });

  const batch = aBundle(
    'batch',
    [70, 71, 72].map((bpm) => ({ resource: heartRate(patientId, bpm) })),
  );
  expect(await http.fhir.bundle(doctor, batch)).toMatchObject({ type: 'batch-response' });
  const page = await http.fhir.search(doctor, {
    patient: patientId,
    count: 3,
    date: ['ge2026-03', 'lt2027'],
  });
  expect(page.observations).toHaveLength(3);
  const rest = await http.fhir.next(doctor, page.next ?? '');
  expect([rest.observations.length, rest.next]).toEqual([1, null]);
});

test('what comes in by FHIR is judged with the rest, and what is taken back is judged no more', async () => {
  const person = { firstName: 'Pak', lastName: 'Hadi', dateOfBirth: '1950-03-04' };
  const patient = await http.patients.add(doctor, person);
  const effectiveDateTime = new Date(Date.now() - 60_000).toISOString();
  const of = (code: string, value: number, unit: string) =>
    anObservation(patient, code, { valueQuantity: quantity(value, unit), effectiveDateTime });
  const pulse = heartRate(patient, 135, { effectiveDateTime, ...identified('pulse') });
  const set = [
    pulse,
    bloodPressure(patient, 120, 80, { effectiveDateTime }),
    of('9279-1', 16, '/min'),
    of('8310-5', 98.6, '[degF]'),
    of('2708-6', 97, '%'),
    of('3151-8', 0, 'L/min'),
    anObservation(patient, '80288-4', { effectiveDateTime, valueCodeableConcept: concept('LA9340-6') }),
  ];
  const sent = await http.fhir.bundle(
    doctor,
    aBundle(
      'transaction',
      set.map((one) => ({ resource: one })),
    ),
  );
  expect(sent.type).toBe('transaction-response');
  const score = async () => {
    const { result } = await http.bedside.news2(doctor, patient);
    return result.applies && result.score;
  };
  const whole = await until(async () => (await score()) || null, { timeoutMs: 30_000, what: 'a score' });
  expect(whole).toMatchObject({ complete: true, total: 3 });
  await http.fhir.create(doctor, resource({ ...pulse, status: 'entered-in-error' }));
  const without = await until(
    async () => {
      const now = await score();
      return now && !now.complete && now;
    },
    { timeoutMs: 30_000, what: 'a score without the pulse' },
  );
  expect(without).toMatchObject({ total: null, atLeast: 0 });
});

test('strangers find nobody, and an OperationOutcome says so', async () => {
  const stranger = await (await somebody('stranger')).token();
  const refused = http.fhir.search(stranger, { patient: patientId });
  await expect(refused).rejects.toMatchObject({
    code: 'not_found',
    detail: expect.stringContaining('patient'),
  });
  await expect(refused).rejects.toBeInstanceOf(MusterError);
  await expect(http.fhir.create(stranger, resource(heartRate(patientId, 1)))).rejects.toThrow();

  const nobody = await ask(`/fhir/Observation?patient=${patientId}`);
  expect([nobody.status, await nobody.json()]).toMatchObject([
    401,
    {
      resourceType: 'OperationOutcome',
      issue: [{ code: 'login', details: { coding: [{ code: 'not_authenticated' }] } }],
    },
  ]);
});

test('all of it is in the audit log, with whom it was about', async () => {
  const wanted = ['record allowed care', 'read allowed care', 'read failed care', 'record failed care'];
  const kinds = await until(
    async () => {
      const entries = (await http.access.audit(admin, { limit: 200 })).filter(
        ({ resourceKind, resourceId }) => resourceKind === 'vitals' && resourceId === patientId,
      );
      const seen = new Set(entries.map(({ action, outcome, purpose }) => `${action} ${outcome} ${purpose}`));
      return wanted.every((kind) => seen.has(kind)) && seen;
    },
    { timeoutMs: 30_000, what: 'the entries' },
  );
  expect(kinds).toEqual(new Set(wanted));
});

test.each([
  ['a body that is not JSON', 'POST', '/fhir/Observation', 'application/fhir+json', '{', 400],
  ['XML', 'POST', '/fhir/Observation', 'application/fhir+xml', '<Observation/>', 415],
  ['too much', 'POST', '/fhir/Observation', 'application/fhir+json', ' '.repeat(300_000), 413],
  ['a question in XML', 'GET', '/fhir/metadata?_format=xml', '', null, 406],
  ['what does not exist', 'DELETE', '/fhir/Observation/x', '', null, 404],
  ['another resource', 'GET', '/fhir/Patient/x', '', null, 404],
  ['a Bundle that is none', 'POST', '/fhir', 'application/json', '{"resourceType": "Bundle"}', 422],
])('%s is refused by an OperationOutcome', async (_what, method, path, type, body, status) => {
  const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
  const answer = await ask(path, { method, headers, body, token: doctor });
  expect(answer.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  expect([answer.status, await answer.json()]).toMatchObject([status, { resourceType: 'OperationOutcome' }]);
});
