import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CareRow } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, type Somebody, SQUARE } from './city.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };

type AlertEvent = Extract<StreamEvent, { type: `alert.${string}` }>;
const isAlertEvent = (event: StreamEvent): event is AlertEvent => event.type.startsWith('alert.');
const alertsOf = ({ inbox }: Somebody, personId: string) =>
  inbox.filter(isAlertEvent).filter(({ data }) => data.alert.personId === personId);
const typesOf = (somebody: Somebody, personId: string) =>
  alertsOf(somebody, personId).map(({ type }) => type.slice('alert.'.length));

describe('alerts, from the street to the care team', () => {
  let database: TestDatabase;
  const nodes: OwnEngine[] = [];
  let city: City;
  let elsewhere: City;
  let nurse: Somebody;
  let dispatcher: Somebody;
  const feed: { readonly snapshots: DownBody<'feed'>[]; readonly events: StreamEvent[] } = {
    snapshots: [],
    events: [],
  };

  beforeAll(async () => {
    database = await openNodeDatabase();
    const { connection } = database;
    const databaseUrl = 'connectionString' in connection ? connection.connectionString : null;
    const env = {
      ...process.env,
      MUSTER_ALERT_SOS_AFTER_S: 'panic:2,fall:3600',
      MUSTER_ALERT_HIGH_S: '1',
    };
    const start = () => OwnEngine.start({ databaseUrl, env, onDeath: () => {} });
    const here = await start();
    nodes.push(here);
    city = new City(here.url);
    await city.firstAdmin(here.setupToken ?? '');
    const there = await start();
    nodes.push(there);
    elsewhere = new City(there.url);
    // Whoever cares is connected to the other node.
    nurse = await elsewhere.patient();
    dispatcher = await city.dispatcher();
    dispatcher.client.watchDispatch({
      onFeed: (snapshot) => feed.snapshots.push(snapshot),
      onEvent: (event) => feed.events.push(event),
      onState: () => {},
    });
    await until(() => feed.snapshots.length > 0, { ...soon, what: 'the feed' });
  });
  afterAll(async () => {
    await city?.close();
    await elsewhere?.close();
    for (const node of nodes) await node.remove();
    await database?.stop();
  });

  /** Somebody whom the nurse cares for. */
  const wearer = async (): Promise<Somebody> => {
    const person = await city.patient();
    const token = await city.adminToken();
    const names = { firstName: 'A', lastName: 'Wearer' };
    const id = await city.http.patients.add(token, { ...names, userId: person.userId });
    await city.http.patients.join(token, id, nurse.userId, 'nurse');
    return person;
  };
  const alarm = async (person: Somebody, kind: 'fall' | 'panic' | 'no_motion') => {
    person.client.sendAlarm({ atMs: systemClock.nowMs(), kind, point: SQUARE });
    await person.client.flushed();
  };
  const alertIdOf = (somebody: Somebody, personId: string) =>
    until(() => alertsOf(somebody, personId)[0]?.data.alert.alertId, { ...soon, what: 'the alert' });
  const onFeed = (alertId: string) =>
    feed.events.filter(isAlertEvent).filter(({ stream }) => stream === `alert:${alertId}`);

  test('a fall reaches the person, the care team on another node, and dispatchers without what was measured', async () => {
    const person = await wearer();
    await alarm(person, 'fall');
    const alertId = await alertIdOf(nurse, person.userId);
    await until(() => typesOf(person, person.userId).includes('opened'), { ...soon, what: 'their own' });
    expect(alertsOf(nurse, person.userId)[0]?.data.alert).toMatchObject({
      condition: 'fall',
      severity: 'CRITICAL',
      message: 'A fall was detected.',
    });
    await until(() => onFeed(alertId).length > 0, { ...soon, what: 'the alert on the feed' });
    expect(onFeed(alertId)[0]?.data.alert).toMatchObject({ personId: person.userId, condition: 'fall' });
    expect(JSON.stringify(onFeed(alertId))).not.toContain('message');
  });

  test('it is acknowledged, assigned and resolved over the socket, seen by everybody, and read with its history', async () => {
    const person = await wearer();
    await alarm(person, 'fall');
    const alertId = await alertIdOf(nurse, person.userId);
    const { client } = nurse;
    expect(await client.command('alert.acknowledge', { alertId })).toMatchObject({
      alertId,
      alert: { acknowledgedBy: nurse.userId, sos: { state: 'pending' } },
    });
    await client.command('alert.assign', { alertId, toId: dispatcher.userId });
    await client.command('alert.resolve', { alertId, actionTaken: 'helped up' });
    const late = await client.command('alert.acknowledge', { alertId }).catch((error: unknown) => error);
    expect(late).toMatchObject({ code: 'alert_closed', alert: { actionTaken: 'helped up' } });
    await until(() => typesOf(person, person.userId).includes('resolved'), { ...soon, what: 'the end' });
    expect(typesOf(person, person.userId)).toEqual([
      'opened',
      'sos_pending',
      'acknowledged',
      'assigned',
      'sos_cancelled',
      'resolved',
    ]);
    const token = await city.adminToken();
    const { alert, history } = await city.http.alerts.alert(token, alertId);
    expect(alert).toMatchObject({ state: 'resolved', isResolved: true, assignedTo: dispatcher.userId });
    expect(history.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('an inbox begins with what is open of those one cares for, and is told nothing of others', async () => {
    const person = await wearer();
    const stranger = await city.patient();
    await alarm(person, 'fall');
    await alertIdOf(nurse, person.userId);
    const again = await elsewhere.again(nurse);
    expect(again.began[0]?.view).toMatchObject({
      alerts: expect.arrayContaining([
        expect.objectContaining({ personId: person.userId, condition: 'fall' }),
      ]),
    });
    expect(typesOf(stranger, person.userId)).toEqual([]);
    const anew: DownBody<'feed'>[] = [];
    const desk = await city.again(dispatcher);
    desk.client.watchDispatch({
      onFeed: (snapshot) => anew.push(snapshot),
      onEvent: () => {},
      onState: () => {},
    });
    await until(() => anew.length > 0, { ...soon, what: 'the feed anew' });
    expect(anew[0]?.alerts?.map(({ personId }) => personId)).toContain(person.userId);
  });

  test('a panic button that nobody calls off opens one SOS, marked as a machine’s, and its person may cancel it', async () => {
    const person = await wearer();
    const helper = await city.volunteer(200);
    await alarm(person, 'panic');
    const alertId = await alertIdOf(person, person.userId);
    const opened = await until(
      () => alertsOf(person, person.userId).find(({ type }) => type === 'alert.sos_opened'),
      { ...soon, what: 'the SOS' },
    );
    const { sosId } = opened.data as { sosId: string };
    const own = person.follow(`sos:${sosId}`);
    await until(() => own.snapshots.length > 0, { ...soon, what: 'the SOS as its person sees it' });
    expect(own.snapshots[0]?.view).toMatchObject({ origin: 'machine', alertId, requesterId: person.userId });
    await until(() => helper.inbox.some(({ type }) => type === 'offer.sent'), { ...soon, what: 'an offer' });
    await until(() => onFeed(alertId).some(({ type }) => type === 'alert.sos_opened'), {
      ...soon,
      what: 'the SOS on the feed',
    });
    expect(
      feed.events.filter(({ type, stream }) => type === 'sos.created' && stream === `sos:${sosId}`),
    ).toHaveLength(1);
    await person.client.command('sos.cancel', { sosId });
    await until(() => typesOf(nurse, person.userId).includes('sos_opened'), { ...soon, what: 'the nurse' });
    expect(typesOf(nurse, person.userId)).toEqual(['opened', 'sos_pending', 'sos_opening', 'sos_opened']);
  });

  test('one that its person calls off opens nothing, ever', async () => {
    const person = await wearer();
    await alarm(person, 'panic');
    const alertId = await alertIdOf(person, person.userId);
    await person.client.command('alert.cancel_sos', { alertId });
    const other = await wearer();
    // By the time that another one's has come, this one's would have.
    await alarm(other, 'panic');
    await until(() => typesOf(other, other.userId).includes('sos_opened'), {
      ...soon,
      what: 'the other SOS',
    });
    expect(typesOf(person, person.userId)).toEqual(['opened', 'sos_pending', 'sos_cancelled']);
  });

  test('what nobody acknowledges is escalated to the care team and then to dispatchers, across nodes', async () => {
    const person = await wearer();
    await alarm(person, 'no_motion');
    const alertId = await alertIdOf(nurse, person.userId);
    expect(onFeed(alertId)).toEqual([]);
    await until(() => typesOf(nurse, person.userId).filter((type) => type === 'escalated').length === 2, {
      ...soon,
      what: 'both levels',
    });
    await until(() => onFeed(alertId).length > 0, { ...soon, what: 'the alert on the feed' });
    const listed = await city.http.alerts.list(await city.adminToken(), { severity: ['HIGH'] });
    expect(listed.alerts.find((alert) => alert.alertId === alertId)).toMatchObject({ escalationLevel: 2 });
    expect(listed.alerts[0]).not.toHaveProperty('detail');
  });

  test('whoever stands in no relation to somebody is told that there is nothing', async () => {
    const person = await wearer();
    await alarm(person, 'no_motion');
    const alertId = await alertIdOf(nurse, person.userId);
    const token = await city.adminToken();
    // A dispatcher who has not been told yet is a stranger like any other.
    for (const ask of [
      () => city.http.alerts.alert(token, randomUUID()),
      () => city.http.alerts.settings(token, person.userId),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'not_found' });
    }
    const stranger = await city.patient();
    await expect(stranger.client.command('alert.resolve', { alertId })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('the wall of those who care shows vital signs, the score and alerts of another node, and follows them', async () => {
    const person = await wearer();
    const carer = await elsewhere.again(nurse);
    let people: readonly CareRow[] = [];
    const rowOf = () => people.find(({ personId }) => personId === person.userId);
    carer.client.watchCare({
      onPeople: (all) => {
        people = all;
      },
      onState: ({ people: changed, gone }) => {
        const ids = new Set([...changed.map(({ personId }) => personId), ...gone]);
        people = [...people.filter(({ personId }) => !ids.has(personId)), ...changed];
      },
    });
    await until(() => rowOf() !== undefined, { ...soon, what: 'the wall' });
    expect(rowOf()).toMatchObject({ values: {}, news2: null, alerts: [] });
    person.client.sendVitals({ atMs: systemClock.nowMs(), heartRateBpm: 72, systolicMmhg: 85 });
    await person.client.flushed();
    await until(() => rowOf()?.values.heartRateBpm?.value === 72 && rowOf()?.alerts.length === 1, {
      timeoutMs: 20_000,
      what: 'what was measured on the other node',
    });
    expect(rowOf()?.alerts[0]).toMatchObject({ condition: 'systolic_low', severity: 'CRITICAL' });
    expect(rowOf()?.news2).toMatchObject({ total: null, atLeast: 3, complete: false });
  });
});
