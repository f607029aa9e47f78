import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, type Somebody, SQUARE } from './city.ts';
import { engines, type TestDatabase } from './databases.ts';
import { embeddedDataDir, openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 15_000 };
const call = { emergencyType: 'MEDICAL', priority: 'HIGH', point: SQUARE } as const;
const REASON = 'what was kept of a drill';

describe.each(engines)('a drill with %s', (engine) => {
  let database: TestDatabase | undefined;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
  let node: OwnEngine;
  let city: City;
  let dispatcher: Somebody;
  const feed: StreamEvent[] = [];
  const feeds: DownBody<'feed'>[] = [];

  beforeAll(async () => {
    if (engine === 'postgres') database = await openNodeDatabase();
    embedded = engine === 'pglite' ? await embeddedDataDir() : undefined;
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
      ...(embedded && { dataDir: embedded.dataDir }),
      env: process.env,
      onDeath: () => {},
    });
    city = new City(node.url);
    await city.firstAdmin(node.setupToken ?? '');
    dispatcher = await city.dispatcher();
    dispatcher.client.watchDispatch({
      onFeed: (snapshot) => feeds.push(snapshot),
      onEvent: (event) => feed.push(event),
      onState: () => {},
    });
    await until(() => feeds.length > 0, { ...soon, what: 'the feed' });
  });
  afterAll(async () => {
    await city?.close();
    await node?.remove();
    await database?.stop();
    await embedded?.remove();
  });

  const exported = async (userId: string) =>
    (await city.http.rights.exportUser(await city.adminToken(), userId, REASON)).tables;
  const onFeed = (sosId: string, type: string) =>
    until(() => feed.find((event) => event.stream === `sos:${sosId}` && event.type === type), {
      ...soon,
      what: `${type} on the feed`,
    });
  const inInbox = (somebody: Somebody, type: string, sosId: string) =>
    until(
      () =>
        somebody.inbox.find(
          (event) => event.type === type && (event.data as { sosId?: string }).sosId === sosId,
        ),
      { ...soon, what: `${type} in an inbox` },
    );

  test('of a dispatcher takes the whole path, is marked everywhere, and counts nowhere', async () => {
    const [near, next] = [await city.volunteer(100), await city.volunteer(200)];
    const { sosId = '' } = await dispatcher.client.command('sos.raise', { ...call, isDrill: true });
    expect((await onFeed(sosId, 'sos.created')).data).toMatchObject({ isDrill: true });
    const offer = await offerIn(near, sosId);
    expect((await inInbox(near, 'offer.sent', sosId)).data).toMatchObject({ isDrill: true });
    await next.client.command('offer.decline', await offerIn(next, sosId));
    await near.client.command('offer.accept', offer);
    const view = near.follow(`sos:${sosId}`);
    await until(() => view.snapshots.length > 0, { ...soon, what: 'the view' });
    expect(view.snapshots[0]?.view).toMatchObject({ isDrill: true, acceptedBy: near.userId });
    // One holds one SOS by this table; a drill is not in it.
    expect((await exported(near.userId))['dispatch.holders'] ?? []).toEqual([]);
    expect((await exported(near.userId))['dispatch.sos_slots']).toMatchObject([{ sos_id: sosId }]);
    await near.client.command('sos.start', { sosId });
    await near.client.command('sos.withdraw', { sosId, reason: 'practice' });
    await dispatcher.client.command('sos.cancel', { sosId });
    expect((await exported(near.userId))['accounts.volunteers']).toMatchObject([{ cancellation_count: 0 }]);

    // Neither the offer nor the answer is held for or against anybody when it is real.
    const patient = await city.patient();
    const { sosId: real = '' } = await patient.client.command('sos.create', call);
    const wave = await onFeed(real, 'sos.wave_sent');
    const { match } = wave.data as {
      match: { candidates: { responderId: string; asked: number; alerts7: number }[] };
    };
    const history = match.candidates.filter(({ responderId }) =>
      [near.userId, next.userId].includes(responderId),
    );
    expect(history).toHaveLength(2);
    for (const { asked, alerts7 } of history) expect({ asked, alerts7 }).toEqual({ asked: 0, alerts7: 0 });
    await patient.client.command('sos.cancel', { sosId: real });
  });

  test('of one’s own alarms nobody else, and a real SOS takes its holder out at once', async () => {
    const [me, other] = [await city.volunteer(50), await city.volunteer(60)];
    const { sosId: drill = '' } = await me.client.command('sos.create', { ...call, isDrill: true });
    await me.client.command('offer.accept', await offerIn(me, drill));
    const seen = me.follow(`sos:${drill}`);
    await until(() => seen.snapshots.length > 0, { ...soon, what: 'the drill' });

    const patient = await city.patient();
    const { sosId: real = '' } = await patient.client.command('sos.create', call);
    await me.client.command('offer.accept', await offerIn(me, real));
    expect((await inInbox(me, 'sos.assigned', real)).data).toMatchObject({ role: 'PRIMARY' });
    expect((await inInbox(me, 'sos.released', drill)).data).toMatchObject({ reason: 'released' });
    await onFeed(drill, 'sos.holder_released');
    expect((await exported(me.userId))['dispatch.holders']).toMatchObject([{ sos_id: real }]);
    const raised = (await exported(me.userId))['dispatch.sos_requests'];
    expect(raised).toMatchObject([{ id: drill, is_drill: true, drill_for: me.userId }]);
    expect(other.inbox.filter(({ data }) => (data as { sosId?: string }).sosId === drill)).toEqual([]);
    await me.client.command('sos.resolve', { sosId: real });
    await me.client.command('sos.cancel', { sosId: drill });
    expect([...me.client.problems, ...dispatcher.client.problems]).toEqual([]);
  });
});
