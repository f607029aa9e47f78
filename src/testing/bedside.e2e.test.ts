import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, MusterHttp, signedInToken } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 20_000 };
const SET = { onOxygen: false, consciousness: 'A', systolicMmhg: 118, temperatureC: 36.8 } as const;

describe('at the side of a patient', () => {
  let database: TestDatabase;
  let node: OwnEngine;
  let http: MusterHttp;
  let client: MusterClient;
  let patient: { userId: string; token: () => Promise<string> };
  let doctor: { userId: string; token: () => Promise<string> };
  let patientId: string;

  const somebody = async (name: string) => {
    const credentials = { email: `${name}@example.org`, password: randomUUID() };
    const { userId } = await http.register({ ...credentials, name });
    return { userId: userId ?? '', token: signedInToken(http, credentials, systemClock) };
  };

  beforeAll(async () => {
    database = await openNodeDatabase();
    const { connection } = database;
    const databaseUrl = 'connectionString' in connection ? connection.connectionString : null;
    node = await OwnEngine.start({ databaseUrl, env: process.env, onDeath: () => {} });
    http = new MusterHttp(node.url);
    const admin = await http.setup({
      email: 'admin@example.org',
      password: randomUUID(),
      name: 'Admin',
      setupToken: node.setupToken ?? '',
    });
    doctor = await somebody('doctor');
    await http.setGrant(admin.accessToken, doctor.userId, 'professional', true);
    patient = await somebody('patient');
    patientId = await http.patients.add(await doctor.token(), {
      firstName: 'Ibu',
      lastName: 'Sari',
      dateOfBirth: '1950-03-04',
      userId: patient.userId,
    });
    client = new MusterClient({ url: node.url, token: patient.token, device: { id: randomUUID() } });
    client.connect();
    await client.ready();
  });
  afterAll(async () => {
    await client?.close();
    await node?.remove();
    await database?.stop();
  });

  test('a watch and what a doctor writes down are one score, with ages; it is kept, and outlives a crash', async () => {
    const token = await doctor.token();
    const watched = { heartRateBpm: 118, respirationPerMin: 22, spo2Pct: 95 };
    client.sendVitals({ atMs: systemClock.nowMs(), ...watched });
    await client.flushed();
    const alone = await http.bedside.news2(token, patientId);
    expect(alone).toMatchObject({
      personId: patient.userId,
      result: { applies: true, score: { complete: false, total: null, atLeast: 5, risk: 'medium' } },
    });

    const entry = { id: randomUUID(), ...SET, notes: 'sits upright' };
    const recorded = await http.bedside.record(token, patientId, entry);
    expect(recorded).toMatchObject({ late: false, doubts: {} });
    expect(await http.bedside.record(token, patientId, entry)).toEqual(recorded);
    const { result } = await http.bedside.news2(token, patientId);
    expect(result).toMatchObject({
      score: {
        total: 5,
        complete: true,
        risk: 'medium',
        isAgeUnknown: false,
        parts: {
          pulse: { measured: 118, charted: 118, score: 2 },
          spo2: { score: 1 },
          respiration: { score: 2 },
        },
      },
    });
    if (!result.applies) throw new Error(result.because);
    for (const ageMs of Object.values(result.score.agesMs)) expect(ageMs).toBeLessThan(30_000);

    const kept = () => http.bedside.scores(token, patientId);
    await until(async () => (await kept()).scores.some(({ total }) => total === 5), {
      ...soon,
      what: 'the score',
    });
    await node.crash();
    await node.restart();
    const again = await http.bedside.news2(await doctor.token(), patientId);
    expect(again.result).toMatchObject({ score: { total: 5, complete: true } });
  });

  test('what is taken back counts no more, and what came late is shown', async () => {
    const token = await doctor.token();
    const wrong = await http.bedside.record(token, patientId, { id: randomUUID(), temperatureC: 41.5 });
    expect((await http.bedside.latest(token, patientId)).values.temperatureC).toMatchObject({ value: 41.5 });
    await http.bedside.retract(token, patientId, wrong.recordId);
    expect((await http.bedside.latest(token, patientId)).values.temperatureC).toMatchObject({ value: 36.8 });
    const yesterday = systemClock.nowMs() - 86_400_000;
    const late = { id: randomUUID(), weightKg: 71.5, recordedAtMs: yesterday };
    expect(await http.bedside.record(token, patientId, late)).toMatchObject({ late: true });
    expect((await http.bedside.latest(token, patientId)).values.weightKg).toMatchObject({
      value: 71.5,
      atMs: yesterday,
      source: 'manual',
    });
  });

  test('what crosses a limit is an alert of the care team, which is over when it was a mistake', async () => {
    const token = await doctor.token();
    const alert = async () =>
      (await http.alerts.list(token)).alerts.find(({ condition }) => condition === 'systolic_low');
    const wrong = await http.bedside.record(token, patientId, { id: randomUUID(), systolicMmhg: 80 });
    await until(async () => (await alert()) !== undefined, { ...soon, what: 'the alert' });
    expect(await alert()).toMatchObject({ severity: 'CRITICAL', state: 'open', personId: patient.userId });
    await http.bedside.retract(token, patientId, wrong.recordId);
    await until(async () => (await alert())?.state !== 'open', { ...soon, what: 'the end of the alert' });
  });

  test('a record that a doctor writes is told live to the patient, and read by the types of the SDK', async () => {
    const token = await doctor.token();
    const told: { type: string; data: unknown }[] = [];
    let isLive = false;
    const follows = client.subscribe(`record:${patient.userId}`, {
      onEvent: (event) => told.push(event),
      onSnapshot: () => {
        isLive = true;
      },
    });
    await until(() => isLive, { ...soon, what: 'the stream' });
    const key = randomUUID();
    const order = { patientId, medication: 'Ramipril', dosage: '5 mg', frequency: 'once a day' };
    const made = await http.records.create(token, 'prescriptions', order, { key });
    expect(await http.records.create(token, 'prescriptions', order, { key })).toEqual(made);
    expect(made).toMatchObject({ status: 'pending', doctorId: doctor.userId, refillsAllowed: 0 });
    await until(() => told.length > 0, { ...soon, what: 'the event' });
    expect(told).toMatchObject([
      {
        type: 'record.created',
        data: { type: 'prescriptions', records: [{ recordId: made.id, version: 1 }] },
      },
    ]);
    expect(told[0]?.data).not.toHaveProperty('audience');
    const own = await http.records.list(await patient.token(), 'prescriptions', { status: 'pending' });
    expect(own).toEqual({ records: [made], next: null });
    const late = http.records.change(token, 'prescriptions', made.id, {
      version: 7,
      change: { dosage: '1' },
    });
    await expect(late).rejects.toMatchObject({ code: 'record_changed' });
    const today = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
    const live = { type: 'hydration-logs', fields: { loggedOn: today, amountMl: 250 } };
    const { record } = await client.command('record.create', live);
    expect(record).toMatchObject({ amountMl: 250, personId: patient.userId, version: 1 });
    const { id = '' } = record as { readonly id?: string };
    const removal = { type: 'hydration-logs', recordId: id, version: 1, reason: 'it was 300' };
    await client.command('record.remove', removal);
    const again = client.command('record.remove', removal);
    await expect(again).rejects.toMatchObject({ code: 'not_found' });
    follows.unsubscribe();
    const document = await (await fetch(`${node.url}/v1/openapi.json`)).json();
    expect(document).toMatchObject({ openapi: '3.1.0' });
  });

  test('a letter with a finding is told at once to whom it is for, who reads it and what goes with it', async () => {
    const [token, theirs] = [await doctor.token(), await patient.token()];
    const news: unknown[] = [];
    let isLive = false;
    const inbox = client.subscribe(`inbox:${patient.userId}`, {
      onEvent: ({ type, data }) => type === 'notification.created' && news.push(data),
      onSnapshot: () => {
        isLive = true;
      },
    });
    await until(() => isLive, { ...soon, what: 'the inbox' });
    const letter = { patientId, recipientId: patient.userId, body: 'Your finding' };
    const sent = await http.records.create(token, 'messages', letter);
    await until(() => news.length > 0, { ...soon, what: 'the notification' });
    inbox.unsubscribe();
    const pdf = new TextEncoder().encode('%PDF-1.7 potassium');
    const { id } = await http.attachments.attach(token, sent.id, 'finding.pdf', pdf);
    expect(await http.attachments.list(theirs, sent.id)).toMatchObject([{ id, fileName: 'finding.pdf' }]);
    expect(await http.attachments.read(theirs, sent.id, id)).toEqual({
      mediaType: 'application/pdf',
      content: pdf,
    });
    const { notifications } = await http.notifications.list(theirs, { unread: true });
    const one = notifications.find(({ about }) => about?.id === sent.id);
    expect(news).toEqual([{ notificationId: one?.id, kind: 'message_received', about: one?.about }]);
    const read = { version: sent.version, change: { readAtMs: systemClock.nowMs() } };
    expect(await http.records.change(theirs, 'messages', sent.id, read)).toMatchObject({ isRead: true });
    expect(await http.notifications.read(theirs)).toBe(0);
    expect((await http.records.list(token, 'messages', { isRead: true })).records).toHaveLength(1);
  });

  test('limits are set by the care team alone, in versions, and who looked is on record', async () => {
    const token = await doctor.token();
    const { set } = await http.bedside.thresholds(token, patientId);
    expect(set).toBeNull();
    const order = { spo2Scale: 2, reason: 'Hypercapnic failure', maxHeartRateBpm: 120 } as const;
    const ordered = await http.bedside.setThresholds(token, patientId, 0, order);
    expect(ordered).toMatchObject({
      set: { version: 1, changedBy: doctor.userId, scaleOrder: { by: doctor.userId } },
      inForce: { spo2Pct: { lowWarning: 85 } },
    });
    const stale = http.bedside.setThresholds(token, patientId, 0, {});
    await expect(stale).rejects.toMatchObject({ code: 'thresholds_changed' });
    const own = http.bedside.setThresholds(await patient.token(), patient.userId, 1, {});
    await expect(own).rejects.toMatchObject({ code: 'not_found' });
    expect((await http.bedside.thresholds(await patient.token(), patient.userId)).set?.version).toBe(1);
    // On scale 2 and on air a saturation of 95 has no points.
    expect((await http.bedside.news2(token, patientId)).result).toMatchObject({
      score: { scale: 2, total: 4 },
    });

    const stranger = await somebody('stranger');
    const strange = http.bedside.news2(await stranger.token(), patientId);
    await expect(strange).rejects.toMatchObject({ code: 'not_found' });
    const seen = await until(
      async () => {
        const disclosures = await http.me.disclosures(await patient.token());
        return disclosures.some(({ what }) => what === 'thresholds') && disclosures;
      },
      { ...soon, what: 'the disclosures' },
    );
    const seenAs = seen.map(({ what, purpose }) => `${what} ${purpose}`);
    expect(seenAs).toEqual(expect.arrayContaining(['vitals care', 'thresholds care']));
  });
});
