import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { pgPresence } from './pg-presence.ts';

const [A, B] = ['01990000-0000-7000-8000-00000000000a', '01990000-0000-7000-8000-00000000000b'];
const ADA = '01990000-0000-7000-8000-0000000000ad';

describe.each(engines)('who is connected where, by the store, on %s', (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());
  const row = (version: number, connections = 1) => ({
    userId: ADA,
    version,
    connections,
    point: { lat: 1.5, lng: -2.5 },
    locatedAtMs: 1_700_000_000_000,
  });

  test('a node hears of every beat but its own, and of none that has left', async () => {
    const nodes = pgPresence(store.db);
    expect(await nodes.beat(A)).toMatchObject({ isNew: true });
    expect(await nodes.beat(A)).toMatchObject({ isNew: false });
    const { ages } = await nodes.beat(B);
    expect([...ages.keys()]).toEqual([A]);
    expect(ages.get(A)).toBeLessThan(60_000);
    await nodes.leave(A);
    expect([...(await nodes.beat(B)).ages.keys()]).toEqual([]);
    expect(await nodes.beat(A)).toMatchObject({ isNew: true });
  });

  test('each change is read once by everybody, the newest only, and never an older one over it', async () => {
    const [writer, reader] = [pgPresence(store.db), pgPresence(store.db)];
    await writer.write(A, [row(1)]);
    await writer.write(A, [row(3, 2)]);
    await writer.write(A, [row(2)]);
    expect(await reader.changed()).toEqual([[A, row(3, 2)]]);
    expect(await reader.changed()).toEqual([]);
    reader.startOver();
    expect(await reader.changed()).toEqual([[A, row(3, 2)]]);
    await writer.write(A, [{ ...row(4, 0), point: null, locatedAtMs: null }]);
    expect(await reader.changed()).toMatchObject([[A, { version: 4, connections: 0, point: null }]]);
  });

  test('of somebody who was erased meanwhile nothing is written', async () => {
    const userId = '01990000-0000-7000-8000-0000000000ed';
    const erased = 'insert into accounts.users (id, email, erased_at) values ($1, $2, now())';
    await store.db.query(sql('test_erased', erased), [userId, 'nobody@example.org']);
    const nodes = pgPresence(store.db);
    await nodes.write(A, [{ ...row(1), userId }, row(9)]);
    const written = (await pgPresence(store.db).changed()).map(([, { userId: id }]) => id);
    expect(written).toContain(ADA);
    expect(written).not.toContain(userId);
  });

  test('what a node takes back is gone for whoever comes later', async () => {
    const nodes = pgPresence(store.db);
    await nodes.write(B, [row(1)]);
    await nodes.clear(B);
    expect((await pgPresence(store.db).changed()).filter(([nodeId]) => nodeId === B)).toEqual([]);
  });
});
