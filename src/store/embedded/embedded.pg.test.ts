import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { protocol } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Logger, silentLogger } from '../../lib/log.ts';
import { connectTo, createNumbers, findDamage, insertNumbers } from '../../testing/acknowledged-inserts.ts';
import { WriterProcess } from '../../testing/writer-process.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { SOCKET_NAME } from './messages.ts';

// A restart compiles PostGIS again, which takes its time where others want the processor too.
vi.setConfig({ testTimeout: 180_000 });
const root = mkdtempSync(path.join(os.tmpdir(), 'embedded-'));
const dataDir = path.join(root, 'data');
let embedded: Embedded;
let pool: pg.Pool;
let databasePid = 0;
let restarts = 0;
let writer: WriterProcess | undefined;

const log: Logger = {
  ...silentLogger,
  named: () => log,
  info: (fields) => {
    databasePid = Number(fields.pid);
  },
};

async function open(hangAfterMs = 30_000): Promise<void> {
  embedded = await startEmbedded({ dataDir, log, hangAfterMs, onRestart: () => restarts++ });
  pool = connectTo(embedded);
}

async function close(): Promise<void> {
  await pool.end();
  await embedded.stop();
}

const restarted = (before: number) =>
  vi.waitFor(() => expect(restarts).toBeGreaterThan(before), { timeout: 90_000, interval: 50 });

const missingNumbers = async (pool: pg.Pool, numbers: number[]) =>
  (await findDamage(pool, { numbers, batches: [] })).missingNumbers;

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

beforeAll(async () => {
  await open();
  await createNumbers(pool);
});
afterAll(async () => {
  await writer?.killAll();
  await close();
  rmSync(root, { recursive: true, force: true });
});

test('PostGIS answers in a directory that did not exist', async () => {
  const { rows } = await pool.query<{ version: string; metres: number }>(
    `select postgis_version() as version,
            st_distance('point(0 0)'::geography, 'point(0 1)'::geography) as metres`,
  );
  expect(rows[0]?.version).toMatch(/^3\./);
  expect(rows[0]?.metres).toBeCloseTo(110_574, -1);
});

test('what was written is there after a stop and a start', async () => {
  await pool.query('insert into numbers select 0, n from generate_series(1, 1000) n');
  await close();
  expect(existsSync(embedded.connection.host)).toBe(false);
  await open();
  expect(await missingNumbers(pool, [1, 500, 1000])).toEqual([]);
});

test('a second start on the same directory is refused with its name', async () => {
  const second = startEmbedded({ dataDir, log: silentLogger, lockWaitMs: 200 });
  await expect(second).rejects.toThrow(`the data directory ${dataDir} is in use by another Muster`);
  expect((await pool.query('select 1')).rowCount).toBe(1);
});

describe('when the database process is killed while inserting', () => {
  test('another one takes over and nothing acknowledged is missing', async () => {
    const acknowledged: number[] = [];
    const before = restarts;
    const inserting = insertNumbers(pool, 100_000, (number) => acknowledged.push(number));
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(300), {
      timeout: 20_000,
      interval: 5,
    });
    process.kill(databasePid, 'SIGKILL');
    await expect(inserting).rejects.toThrow();
    await restarted(before);
    expect(await missingNumbers(pool, acknowledged)).toEqual([]);
  });
});

describe('when the disk fails', () => {
  const noStrace = spawnSync('strace', ['-V']).status !== 0;

  test.skipIf(noStrace).for([
    ['a sync', 'fdatasync:error=EIO'],
    ['writing because the disk is full', 'pwrite64:error=ENOSPC'],
  ] as const)('in %s, the commit is not acknowledged and the database starts again', async ([, fault]) => {
    const [before, hit] = [restarts, databasePid];
    const strace = spawn('strace', ['-p', `${hit}`, '-e', `inject=${fault}`, '-o', '/dev/null']);
    await once(strace.stderr, 'data');
    await expect(pool.query('insert into numbers values (0, -1)')).rejects.toThrow();
    await restarted(before);
    await pool.query('insert into numbers values (0, -2)');
    expect(await missingNumbers(pool, [-2])).toEqual([]);
  });
});

test.for(['PANIC:  ', 'Aborted('])(
  'text of a user that looks like a fatal message (%s) ends nothing',
  async (text) => {
    const pid = databasePid;
    const quoted = `'a\n${text}'`;
    await expect(pool.query(`select ${quoted}::int`)).rejects.toThrow('invalid input syntax');
    await pool.query(`do $$ begin raise warning ${quoted}; end $$`);
    await pool.query(`do $$ begin raise log using message = ${quoted}, detail = ${quoted}; end $$`);
    expect((await pool.query('select 1')).rowCount).toBe(1);
    expect(databasePid).toBe(pid);
  },
);

describe('when the node is killed while inserting', () => {
  test('a start right afterwards waits for its database to be gone and finds everything acknowledged', async () => {
    await close();
    const killed = new WriterProcess(dataDir, 1_000_000, root);
    writer = killed;
    const { numbers, batches } = killed.acknowledged;
    await vi.waitFor(() => expect(Math.min(numbers.length, batches.length * 20)).toBeGreaterThan(300), {
      timeout: 30_000,
      interval: 5,
    });
    await Promise.all([killed.killNode(), open()]);
    expect(await findDamage(pool, killed.acknowledged)).toEqual({
      missingNumbers: [],
      missingBatches: [],
      partialBatches: [],
    });
  });
});

test('a statement that was sent right after one that failed is not answered before it has run', async () => {
  const client = new pg.Client(embedded.connection);
  await client.connect();
  for (let i = 0; i < 50; i++) {
    const failed = client.query('select 1 / $1::int', [0]).catch((error: Error) => error.message);
    const next = client.query('select $1::int as i', [i]);
    expect(await failed).toBe('division by zero');
    expect((await next).rows).toEqual([{ i }]);
  }
  await client.end();
});

describe('two connections share one session, yet', () => {
  test('a failure of one takes nothing back that the other was told is stored', async () => {
    const other = new pg.Client(embedded.connection);
    await other.connect();
    const acknowledged = Array.from({ length: 300 }, (_, i) => 200_000 + i);
    const inserting = acknowledged.map((number) =>
      pool.query('insert into numbers values (0, $1)', [number]),
    );
    const failing = acknowledged.map(() =>
      other.query('select 1 / $1::int', [0]).catch((error) => error.code),
    );
    expect(new Set(await Promise.all(failing))).toEqual(new Set(['22012']));
    await Promise.all(inserting);
    expect(await missingNumbers(pool, acknowledged)).toEqual([]);
    await other.end();
  });

  test('a transaction whose client is gone is rolled back and stands in nobody`s way', async () => {
    const lost = new pg.Client(embedded.connection);
    lost.on('error', () => {});
    await lost.connect();
    await lost.query('begin');
    await lost.query('insert into numbers values (0, 300000)');
    (lost as unknown as { connection: { stream: net.Socket } }).connection.stream.destroy();
    expect(await missingNumbers(pool, [300_000])).toEqual([300_000]);
  });

  test('a client that goes away between an error and its Sync does not silence the others', async () => {
    const socket = net.connect(path.join(embedded.connection.host, SOCKET_NAME));
    socket.write(protocol.serialize.startup({ user: 'postgres', database: 'postgres' }));
    await once(socket, 'data');
    socket.write(protocol.serialize.parse({ text: 'selekt' }));
    socket.write(protocol.serialize.flush());
    await once(socket, 'data');
    socket.destroy();
    expect((await pool.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }]);
  });

  test('what a lost connection had prepared or set is gone for the next one', async () => {
    await pool.query({ name: 'named', text: 'select 1' });
    await pool.query(`set application_name = 'lost'`);
    await pool.end();
    pool = connectTo(embedded);
    await pool.query({ name: 'named', text: 'select 1' });
    const { rows } = await pool.query<{ application_name: string }>('show application_name');
    expect(rows[0]?.application_name).not.toBe('lost');
  });
});

describe('when the database process hangs', () => {
  test('it is killed and replaced', async () => {
    await close();
    await open(3_000);
    const [before, hung] = [restarts, databasePid];
    process.kill(hung, 'SIGSTOP');
    await restarted(before);
    expect(isAlive(hung)).toBe(false);
    expect((await pool.query('select 1')).rowCount).toBe(1);
  });
});
