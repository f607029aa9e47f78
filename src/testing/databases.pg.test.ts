import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines, openTestDatabase, type TestDatabase } from './databases.ts';
import { emptying } from './emptying.ts';
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

  test('is emptied of everything that refers to what is named, whatever refuses that, and of nothing else', async () => {
    const { connection } = database;
    for (const text of [
      'create table beside as select 1 as one',
      'create table letters (id int primary key)',
      'create table replies (id int primary key, letter int not null references letters)',
      'create table reads (reply int not null references replies, day int) partition by range (day)',
      'create table reads_early partition of reads for values from (0) to (10)',
      'create function refuse() returns trigger language plpgsql as $$ begin raise exception $r$kept$r$; end $$',
      'create trigger kept before delete on replies for each row execute function refuse()',
      'insert into letters values (1)',
      'insert into replies values (2, 1)',
      'insert into reads values (2, 3)',
    ])
      await ask(connection, text);
    await expect(ask(connection, 'delete from replies')).rejects.toThrow('kept');
    await ask(connection, emptying('letters'));
    const counts = ['letters', 'replies', 'reads', 'beside'].map(
      (table) => `(select count(*)::int from ${table})`,
    );
    expect(await ask(connection, `select ${counts.join(', ')}`)).toEqual([0, 0, 0, 1]);
    await expect(ask(connection, 'insert into replies values (2, 1)')).rejects.toThrow('foreign key');
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

describe('on pglite', () => {
  const seeded = {
    prepareKey: 'seeded',
    prepare: async (connection: TestConnection) => {
      await ask(connection, 'create table letters (id serial primary key, reply_to int references letters)');
      await ask(connection, 'create table seeds as select 1 as seed');
    },
  };

  /** What `leave` leaves behind is looked for in the next database; also how many transactions that has seen. */
  async function foundAfter(
    leave: string,
    look: string,
  ): Promise<{ found: unknown[]; transactions: number[] }> {
    const transactions: number[] = [];
    let found: unknown[] = [];
    for (const text of [leave, look]) {
      const database = await openTestDatabase('pglite', seeded);
      try {
        transactions.push(Number((await ask(database.connection, 'select txid_current()'))[0]));
        found = await ask(database.connection, text);
      } finally {
        await database.stop();
      }
    }
    return { found, transactions };
  }

  test('rows are not there for the next, which is the same database and begins to count again', async () => {
    const { found, transactions } = await foundAfter(
      'insert into letters (reply_to) values (null), (1) returning id',
      `select count(*)::int, nextval('letters_id_seq')::int, pg_relation_size('letters')::int from letters`,
    );
    expect(found).toEqual([0, 1, 0]);
    expect(transactions[1]).toBeGreaterThan(transactions[0] ?? Number.NaN);
  });

  test.each([
    ['a table', 'create table left_behind ()', `select to_regclass('left_behind')`, null],
    ['a prepared row', 'update seeds set seed = 2', 'select seed from seeds', 1],
    ['a setting', `alter role postgres set work_mem = '7MB'`, 'show work_mem', '4MB'],
  ])('who changed %s leaves no database to the next', async (_, leave, look, expected) => {
    const { found, transactions } = await foundAfter(leave, look);
    expect(found).toEqual([expected]);
    expect(transactions[1]).toBeLessThanOrEqual(transactions[0] ?? Number.NaN);
  });
});
