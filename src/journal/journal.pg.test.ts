import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Db, type Sql, sql } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { storedOutcome, storeOutcome } from './commands.ts';
import { append, eventSource, type LogEvent, lockStream, type NewEvent } from './event-log.ts';
import { pgSpent } from './spent.ts';
import { startTail, tailPosition } from './tail.ts';

const [A, B] = ['01990000-0000-7000-8000-00000000000a', '01990000-0000-7000-8000-00000000000b'];

const newId = uuidV7Maker(Date.now, () => 0.5);
const AT = 1_760_000_000_000;

const event = (streamId: string, n: number, kind: NewEvent['kind'] = 'sos'): NewEvent => ({
  kind,
  streamId,
  type: 'test.happened',
  actorId: null,
  data: { n },
});

describe.each(engines)('the journal on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let id: string;
  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    id = newId();
  });

  const write = (...events: NewEvent[]) => db.transaction((tx) => append(tx, AT, events));
  const seqs = (events: readonly LogEvent[]) => events.map((e) => e.seq);

  test('numbers each stream by itself from 1, in the order given', async () => {
    const inbox = newId();
    const written = await write(event(id, 1), event(inbox, 7, 'inbox'), event(id, 2));
    expect(written.filter((e) => e.stream === `sos:${id}`).map((e) => [e.seq, e.data])).toEqual([
      [1, { n: 1 }],
      [2, { n: 2 }],
    ]);
    expect(written.filter((e) => e.stream === `inbox:${inbox}`).map((e) => e.seq)).toEqual([1]);
    expect(seqs(await write(event(id, 3)))).toEqual([3]);
  });

  test('gives no number twice and leaves no gap when many write at once', async () => {
    await write(event(id, 0));
    const inbox = newId();
    await Promise.all(Array.from({ length: 40 }, (_, i) => write(event(id, i), event(inbox, i, 'inbox'))));
    for (const stream of [`sos:${id}`, `inbox:${inbox}`]) {
      const events = await eventSource(db).readAfter(stream, 0, 100);
      expect(seqs(events)).toEqual(events.map((_, i) => i + 1));
    }
    expect(await eventSource(db).bounds(`sos:${id}`)).toEqual({ low: 1, head: 41 });
  });

  test('a transaction that fails leaves neither events nor numbers', async () => {
    await write(event(id, 0));
    const failing = db.transaction(async (tx) => {
      await append(tx, AT, [event(id, 1)]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(seqs(await write(event(id, 2)))).toEqual([2]);
  });

  test('the key of the log refuses a second decision at one number', async () => {
    await write(event(id, 0));
    const second = db.query(
      sql(
        'test_second',
        `insert into journal.events (kind, stream_id, seq, type, at, data) values ('sos', $1, 1, 'x', now(), '{}')`,
      ),
      [id],
    );
    expect(sqlState(await second.catch((error: unknown) => error))).toBe('23505');
  });

  test('locking tells the highest number, and nothing of a stream that does not exist', async () => {
    const key = { actorId: newId(), commandId: newId() };
    expect(await db.transaction((tx) => lockStream(tx, 'sos', id, null))).toBeNull();
    await write(event(id, 0), event(id, 1));
    const locked = await db.transaction((tx) => lockStream(tx, 'sos', id, key));
    expect(locked).toMatchObject({ head: 2, outcome: null });
    expect(Math.abs((locked?.nowMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('reading after a number gives what follows, a page at a time', async () => {
    await write(...Array.from({ length: 5 }, (_, i) => event(id, i)));
    const source = eventSource(db);
    expect(seqs(await source.readAfter(`sos:${id}`, 2, 2))).toEqual([3, 4]);
    expect(seqs(await source.readAfter(`sos:${id}`, 5, 2))).toEqual([]);
    expect(await source.bounds(`sos:${newId()}`)).toEqual({ low: 1, head: 0 });
  });

  test('the answer to a command is kept once and given back', async () => {
    const key = { actorId: newId(), commandId: newId() };
    expect((await storedOutcome(db, key)).outcome).toBeNull();
    await db.transaction((tx) => storeOutcome(tx, key, { sosId: id }));
    expect((await storedOutcome(db, key)).outcome).toEqual({ sosId: id });
    const again = db.transaction((tx) => storeOutcome(tx, key, { sosId: 'other' }));
    expect(sqlState(await again.catch((error: unknown) => error))).toBe('23505');
    expect((await storedOutcome(db, { ...key, actorId: newId() })).outcome).toBeNull();
  });

  const follow = async (onEvent: (event: LogEvent) => void) =>
    startTail({
      db,
      clock: new ManualClock(),
      log: silentLogger,
      metrics: noMetrics,
      everyMs: 1_000,
      onEvent,
    });

  test('the tail tells every event from its start on, across pages', async () => {
    await write(event(id, 0));
    const told: LogEvent[] = [];
    const tail = await follow((e) => told.push(e));
    const other = newId();
    for (let i = 0; i < 3; i++) await write(...Array.from({ length: 300 }, (_, n) => event(other, n)));
    await tail.poll();
    await tail.stop();
    expect(told.filter((e) => e.stream === `sos:${id}`)).toEqual([]);
    expect(told.filter((e) => e.stream === `sos:${other}`).map((e) => e.seq)).toEqual(
      Array.from({ length: 900 }, (_, i) => i + 1),
    );
  });

  test('a tail from an earlier position tells what came before it was started', async () => {
    const from = await tailPosition(db);
    await write(event(id, 1));
    const told: LogEvent[] = [];
    const tail = await startTail({
      db,
      clock: new ManualClock(),
      log: silentLogger,
      metrics: noMetrics,
      everyMs: 1_000,
      from,
      onEvent: (e) => {
        told.push(e);
      },
    });
    await tail.poll();
    await tail.stop();
    expect(told.map((e) => e.stream)).toContain(`sos:${id}`);
  });

  test('the tail goes from page to page by the number of the transaction, not by its digits', async () => {
    const PUT = sql(
      'test_put_of_old_transaction',
      `insert into journal.events (kind, stream_id, seq, type, at, data, xid)
       select 'sos', $1, n, 'test.happened', now(), '{}', (90 + n / 100)::text::xid8 from generate_series(1, 2000) n`,
    );
    const snapshots = ['90:90:', '200:200:'];
    const told: LogEvent[] = [];
    const tail = await startTail({
      db: {
        async query<Row>(statement: Sql, params?: readonly unknown[]) {
          if (statement.name !== 'journal_tail_snapshot') return db.query<Row>(statement, params);
          return [{ snapshot: snapshots.shift() }] as Row[];
        },
      },
      clock: new ManualClock(),
      log: silentLogger,
      metrics: noMetrics,
      everyMs: 1_000,
      onEvent: (e) => {
        told.push(e);
      },
    });
    await db.query(PUT, [id]);
    await tail.poll();
    await tail.stop();
    expect(seqs(told)).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
  });

  test.runIf(engine === 'postgres')(
    'the tail neither waits for a transaction that commits late nor skips it',
    async () => {
      const told: LogEvent[] = [];
      const tail = await follow((e) => told.push(e));
      const [early, late] = [newId(), newId()];
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let started = () => {};
      const begun = new Promise<void>((resolve) => {
        started = resolve;
      });
      const slow = db.transaction(async (tx) => {
        await append(tx, AT, [event(late, 1)]);
        started();
        await held;
      });
      await begun;
      await write(event(early, 1));
      await tail.poll();
      expect(told.map((e) => e.stream)).toEqual([`sos:${early}`]);
      release();
      await slow;
      await tail.poll();
      await tail.stop();
      await tail.poll();
      expect(told.map((e) => e.stream)).toEqual([`sos:${early}`, `sos:${late}`]);
      expect(tail.silentForMs()).toBe(0);
    },
  );

  test('what nodes spent of limits is read once by every other node, from its beginning on, and gone after seconds', async () => {
    const [a, b] = [pgSpent(store.db), pgSpent(store.db)];
    await a.write(A, [['x', 'before', 1]]);
    expect([await a.changed(A), await b.changed(B)]).toEqual([[], []]);
    await a.write(A, [
      ['x', 'ada', 3],
      ['y', 'ada', 4],
    ]);
    expect(await b.changed(B)).toEqual([
      ['x', 'ada', 3],
      ['y', 'ada', 4],
    ]);
    expect([await a.changed(A), await b.changed(B)]).toEqual([[], []]);
    await store.owner.query({
      name: '',
      text: `update journal.spent set at = now() - interval '11 seconds'`,
    });
    await b.write(B, [['x', 'bob', 1]]);
    const kept = await store.owner.query({ name: '', text: 'select key from journal.spent' });
    expect(kept).toEqual([{ key: 'bob' }]);
  });
});
