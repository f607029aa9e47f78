import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { StreamEvent } from '../protocol/down.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, type Somebody, SQUARE } from './city.ts';
import { DarkLine } from './dark-line.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { withClient } from './postgres/server.ts';
import { startTestRedis, type TestRedis } from './redis/engines.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };
const raise = { emergencyType: 'MEDICAL', priority: 'HIGH', point: SQUARE } as const;

interface Row {
  readonly status: string;
  readonly accepted_by: string | null;
  readonly holder: string | null;
  readonly seqs: number[];
}

describe('while the database does not answer', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let line: DarkLine;
  let node: OwnEngine;
  let other: OwnEngine;
  let city: City;
  let directUrl: string;
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-outage-'));

  beforeAll(async () => {
    [database, redis] = await Promise.all([openNodeDatabase(), startTestRedis('single')]);
    directUrl = 'connectionString' in database.connection ? (database.connection.connectionString ?? '') : '';
    const through = new URL(directUrl);
    line = await DarkLine.to(Number(through.port || 5432));
    through.host = new URL(line.url).host;
    const env = { ...process.env, REDIS_URL: redis.url, MUSTER_ALERT_SOS_AFTER_S: 'panic:1' };
    const shared = { databaseUrl: through.href, dataDir, env, onDeath: () => {} };
    node = await OwnEngine.start(shared);
    city = new City(node.url);
    await city.firstAdmin(node.setupToken ?? '');
    // On the same host, with the same folder.
    other = await OwnEngine.start(shared);
  });
  afterAll(async () => {
    line?.light();
    await city?.close();
    for (const one of [node, other]) await one?.remove();
    line?.close();
    redis?.stop();
    await database?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const inDatabase = (sosId: string) =>
    withClient(directUrl, async (client) => {
      const { rows } = await client.query<Row>(
        `select r.status, r.accepted_by,
                (select min(user_id::text) from dispatch.holders where sos_id = r.id) as holder,
                (select array_agg(seq::int order by seq) from journal.events
                  where kind = 'sos' and stream_id = r.id) as seqs
           from dispatch.sos_requests r where r.id = $1`,
        [sosId],
      );
      return rows[0] ?? null;
    });

  async function raisedAndTaken(patient: Somebody, helper: Somebody): Promise<string> {
    const raised = await patient.client.command('sos.create', raise);
    expect(raised).toMatchObject({ status: 'PENDING', isProvisional: true });
    const { sosId = '' } = raised;
    const taken = await helper.client.command('offer.accept', await offerIn(helper, sosId));
    expect(taken).toMatchObject({ as: 'PRIMARY', isProvisional: true });
    return sosId;
  }

  test('an SOS is raised, offered and taken, everybody sees that it is not in it yet, and then that it is', async () => {
    const [patient, helper, desk] = [
      await city.patient(),
      await city.volunteer(300),
      await city.dispatcher(),
    ];
    const feed: StreamEvent[] = [];
    const feeds: { sos: readonly { sosId: string; isProvisional?: true | undefined }[] }[] = [];
    desk.client.watchDispatch({
      onFeed: (snapshot) => feeds.push(snapshot),
      onEvent: () => {},
      onProvisional: (event) => feed.push(event),
      onState: () => {},
    });
    await until(() => feeds.length > 0, { ...soon, what: 'the feed' });
    // Nothing is closed, and nobody answers: as when its server is frozen, or a cable is pulled.
    line.goDark();
    const sosId = await raisedAndTaken(patient, helper);
    const place = helper.follow(`sos:${sosId}`);
    const own = patient.follow(`sos:${sosId}`);
    await until(() => place.snapshots.length > 0, { ...soon, what: 'the place' });
    expect(place.snapshots[0]).toMatchObject({
      isProvisional: true,
      view: { point: SQUARE, isProvisional: true },
    });
    await helper.client.command('sos.depart', { sosId });
    await until(() => own.provisional.some(({ type }) => type === 'sos.departed'), {
      ...soon,
      what: 'that somebody is on the way',
    });
    expect(feed.map(({ type }) => type)).toEqual(expect.arrayContaining(['sos.created', 'sos.accepted']));
    expect(await inDatabase(sosId)).toBeNull();

    line.light();
    const isSure = (one: { isProvisional?: unknown }) => !one.isProvisional;
    await until(() => own.snapshots.some(isSure) && place.snapshots.some(isSure), {
      ...soon,
      what: 'how it stands in the database',
    });
    expect(own.snapshots.at(-1)?.view).toMatchObject({ status: 'ACCEPTED', acceptedBy: helper.userId });
    const stored = await inDatabase(sosId);
    expect(stored).toMatchObject({ status: 'ACCEPTED', accepted_by: helper.userId, holder: helper.userId });
    expect(stored?.seqs).toEqual(stored?.seqs.map((_, i) => i + 1));
    await until(() => feeds.at(-1)?.sos.some((sos) => sos.sosId === sosId && !sos.isProvisional), {
      ...soon,
      what: 'it on the feed',
    });
    // It goes on as if nothing had been.
    await helper.client.command('sos.resolve', { sosId });
    await until(() => own.events.some(({ type }) => type === 'sos.resolved'), { ...soon, what: 'the end' });
    await helper.client.command('duty.set', { available: false });
  });

  test('who is connected to another node is asked, and the node that took it in decides who has it', async () => {
    const patient = await city.patient();
    const there = { url: other.url };
    const [near, far] = [await city.volunteer(200, there), await city.volunteer(250, there)];
    line.goDark();
    const { sosId = '' } = await patient.client.command('sos.create', raise);
    const own = patient.follow(`sos:${sosId}`);
    const offers = [await offerIn(near, sosId), await offerIn(far, sosId)] as const;
    const taken = await Promise.all([
      near.client.command('offer.accept', offers[0]),
      far.client.command('offer.accept', offers[1]),
    ]);
    expect(taken.map(({ as }) => as).sort()).toEqual(['PRIMARY', 'SUPPORT']);
    expect(taken.every(({ isProvisional }) => isProvisional)).toBe(true);
    // Both nodes know who has it.
    const place = near.follow(`sos:${sosId}`);
    await until(() => place.snapshots.length > 0, { ...soon, what: 'the place, on the other node' });
    expect(place.snapshots[0]).toMatchObject({ isProvisional: true, view: { point: SQUARE } });
    line.light();
    await until(() => [own, place].every(({ snapshots }) => snapshots.some((one) => !one.isProvisional)), {
      ...soon,
      what: 'how it stands in the database, on both nodes',
    });
    const primary = taken[0]?.as === 'PRIMARY' ? near : far;
    expect(await inDatabase(sosId)).toMatchObject({ status: 'ACCEPTED', accepted_by: primary.userId });
    await primary.client.command('sos.resolve', { sosId });
    await until(() => own.events.some(({ type }) => type === 'sos.resolved'), { ...soon, what: 'the end' });
    for (const { client } of [near, far]) await client.command('duty.set', { available: false });
  });

  test('an alarm of a device is heard of, and opens its SOS, which it has in the database then', async () => {
    const [patient, helper] = [await city.patient(), await city.volunteer(300)];
    line.goDark();
    patient.client.sendAlarm({ atMs: systemClock.nowMs(), kind: 'panic', point: SQUARE });
    const told = (type: string) => patient.inbox.find((event) => event.type === type)?.data;
    await until(() => told('alert.opened') && told('alert.sos_opened'), { ...soon, what: 'the alert' });
    const { sosId } = told('alert.sos_opened') as { sosId: string };
    const taken = await helper.client.command('offer.accept', await offerIn(helper, sosId));
    expect(taken).toMatchObject({ as: 'PRIMARY', isProvisional: true });
    line.light();
    await until(async () => (await inDatabase(sosId))?.status === 'ACCEPTED', { ...soon, what: 'the SOS' });
    const inStore = () =>
      withClient(directUrl, async (client) => {
        const { rows } = await client.query<{ sos_id: string; sos_state: string }>(
          `select sos_id, sos_state from telemetry.alerts where person_id = $1`,
          [patient.userId],
        );
        return rows;
      });
    await until(async () => (await inStore()).some(({ sos_id }) => sos_id === sosId), {
      ...soon,
      what: 'the alert',
    });
    expect(await inStore()).toEqual([{ sos_id: sosId, sos_state: 'opened' }]);
    await helper.client.command('sos.resolve', { sosId });
    await helper.client.command('duty.set', { available: false });
  });

  test('what was acknowledged is in it also when the node is killed before it is back', async () => {
    const [patient, helper] = [await city.patient(), await city.volunteer(300)];
    line.cut();
    const sosId = await raisedAndTaken(patient, helper);
    await node.crash();
    line.light();
    await node.restart();
    await until(async () => (await inDatabase(sosId))?.status === 'ACCEPTED', { ...soon, what: 'the SOS' });
    expect(await inDatabase(sosId)).toMatchObject({ accepted_by: helper.userId, holder: helper.userId });
  });
});
