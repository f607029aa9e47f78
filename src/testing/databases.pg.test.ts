import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines, openTestDatabase, type TestDatabase } from './databases.ts';
import type { TestConnection } from './test-connection.ts';

async function ask(connection: TestConnection, text: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

const withNotes = {
  prepareKey: 'notes',
  prepare: async (connection: TestConnection) => {
    await ask(connection, 'CREATE TABLE notes (id integer PRIMARY KEY)');
  },
};

describe.each(engines)('a test database on %s', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(engine, withNotes);
  });
  afterAll(() => database?.stop());

  test('knows PostGIS', async () => {
    const meters = `SELECT round(ST_Distance('POINT(0 0)'::geography, 'POINT(0 1)'::geography))::int`;
    expect(await ask(database.connection, meters)).toEqual([110_574]);
  });

  test('is prepared', async () => {
    expect(await ask(database.connection, 'SELECT count(*)::int FROM notes')).toEqual([0]);
  });

  test('is durable: fsync and full page writes are on', async () => {
    const settings = `SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`;
    expect(await ask(database.connection, settings)).toEqual(['on', 'on', 'on']);
  });
});

describe('on postgres', () => {
  test('two databases share nothing, and are prepared once', async () => {
    let prepared = 0;
    const options = { prepareKey: 'counted', prepare: async () => void prepared++ };
    const [a, b] = await Promise.all([
      openTestDatabase('postgres', options),
      openTestDatabase('postgres', options),
    ]);
    try {
      await ask(a.connection, 'CREATE TABLE only_here (id integer)');
      expect(await ask(b.connection, `SELECT to_regclass('only_here')`)).toEqual([null]);
      expect(prepared).toBe(1);
    } finally {
      await Promise.all([a.stop(), b.stop()]);
    }
  });

  test('a stopped database is gone, even with somebody connected', async () => {
    const database = await openTestDatabase('postgres');
    const client = new pg.Client(database.connection);
    client.on('error', () => {});
    await client.connect();
    await database.stop();
    await expect(ask(database.connection, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });
});
