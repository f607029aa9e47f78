import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, type TestContext, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { type Db, StoreUnavailable, sql } from './db.ts';
import { openDb } from './pg-db.ts';

const SET = sql('test_set', 'update test_words set word = $1');
const GET = sql('test_get_word', 'select word from test_words');
const PID = sql('test_pid', 'select pg_backend_pid() as pid');
const LIVES = sql('test_lives', 'select pid from pg_stat_activity where pid = $1');
const WITHIN_MS = 400;

let store: TestStore;
let db: Db;
let held: number | null = null;
beforeAll(async () => {
  store = await openTestStore('postgres');
  await store.owner.query(sql('test_words', 'create table test_words (word text not null)'));
});
beforeEach(async () => {
  db = openDb({
    connection: store.database.connection,
    label: 'test',
    poolSize: 1,
    prepare: true,
    connectTimeoutMs: 10_000,
    queryTimeoutMs: WITHIN_MS,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  await store.owner.query(sql('test_no_words', 'delete from test_words'));
  await store.owner.query(sql('test_first_word', `insert into test_words (word) values ('first')`));
});
afterEach(async () => {
  if (held !== null) process.kill(held, 'SIGCONT');
  held = null;
  await db.close();
});
afterAll(() => store?.stop());

/** The process behind the only connection; the test is left out where the server is not on this machine. */
async function serverOf({ skip }: TestContext): Promise<number> {
  // On a busy machine connecting may take longer than what is promised here.
  const answered = () => db.query<{ pid: number }>(PID).catch(() => []);
  const [row] = await until(
    async () => {
      const rows = await answered();
      return rows.length > 0 && rows;
    },
    { timeoutMs: 20_000, what: 'a connection' },
  );
  const { pid } = must(row, 'a connection');
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')) skip();
    process.kill(pid, 0);
  } catch {
    skip();
  }
  return pid;
}

function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  held = pid;
}

/** It goes on, reads what it was sent meanwhile, and finds nobody there. */
async function thaw(pid: number): Promise<void> {
  process.kill(pid, 'SIGCONT');
  held = null;
  const isGone = async () => (await store.owner.query(LIVES, [pid])).length === 0;
  await until(isGone, { timeoutMs: 20_000, what: 'the held process to end' });
}

const word = async () => (await store.owner.query<{ word: string }>(GET)).map((row) => row.word);

test('what a hanging server was sent and was given up is not carried out when it goes on, behind what is newer', async (context) => {
  const pid = await serverOf(context);
  freeze(pid);
  await expect(db.query(SET, ['old'])).rejects.toThrow(StoreUnavailable);
  await store.owner.query(SET, ['new']);
  await thaw(pid);
  expect(await word()).toEqual(['new']);
});

test('a transaction that hung half-way leaves nothing', async (context) => {
  const pid = await serverOf(context);
  const hung = db.transaction(async (tx) => {
    await tx.query(SET, ['old']);
    freeze(pid);
    await tx.query(SET, ['older']);
  });
  await expect(hung).rejects.toThrow(StoreUnavailable);
  await thaw(pid);
  expect(await word()).toEqual(['first']);
});

test('of a commit that hung nobody knows, and whoever writes the same later stands behind it', async (context) => {
  const pid = await serverOf(context);
  const hung = db.transaction(async (tx) => {
    await tx.query(SET, ['old']);
    freeze(pid);
  });
  await expect(hung).rejects.toThrow(StoreUnavailable);
  const newer = store.owner.query(SET, ['new']);
  await thaw(pid);
  await newer;
  expect(await word()).toEqual(['new']);
});
