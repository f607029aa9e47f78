import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { ensurePartitions, partitionsJob } from './partitions.ts';

const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const NOW = Date.UTC(2026, 10, 21, 12);
let statements = 0;
const ask = <Row>(db: Db, text: string, params: unknown[] = []) =>
  db.query<Row>(sql(`test_${statements++}`, text), params);

describe.each(engines)('partitions on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};
  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());

  const PARENTS = [
    'sos_requests',
    'sos_offers',
    'sos_slots',
    'sos_holdings',
    'sos_rejections',
    'sos_cancellations',
    'chat_messages',
    'handoffs',
    'chat_reads',
    'sos_feedback',
  ];
  /** Positions and vital signs. */
  const DAILY = 2;
  /** Those of incidents, their two streams, and the audit log. */
  const monthly = PARENTS.length + 3;
  const partitionsOf = async (table: string) =>
    (
      await ask<{ name: string; bounds: string }>(
        db,
        `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
           from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = $1::regclass order by 1`,
        [table],
      )
    ).filter(({ name }) => !name.endsWith('_default'));

  test('of days and months around now are made, by two nodes at once, each once', async () => {
    const reports = await Promise.all([ensurePartitions(db, NOW), ensurePartitions(db, NOW)]);
    const created = reports.flatMap((report) => report.created);
    expect(new Set(created).size).toBe(created.length);
    expect(created).toHaveLength(DAILY * 5 + monthly * 4);
    const days = (await partitionsOf('telemetry.positions')).map(({ name }) => name);
    expect(days).toEqual([20, 21, 22, 23, 24].map((day) => `positions_2026_11_${day}`));
  });

  test('made again change nothing', async () => {
    expect(await ensurePartitions(db, NOW)).toEqual({ created: [], notCreated: [], defaultsInUse: [] });
  });

  test('of everything that belongs to an SOS have the same bounds', async () => {
    const tables = [
      ...PARENTS.map((table) => `dispatch.${table}`),
      'journal.events_sos',
      'journal.events_chat',
    ];
    const bounds = await Promise.all(
      tables.map(async (table) => (await partitionsOf(table)).map((partition) => partition.bounds)),
    );
    expect(bounds[0]).toHaveLength(4);
    for (const other of bounds) expect(other).toEqual(bounds[0]);
  });

  test('take in what they are for; the next month needs one more of each', async () => {
    await ask(
      db,
      `insert into journal.events (kind, stream_id, seq, type, at, data) values ('sos', $1, 1, 'test', now(), '{}')`,
      ['01a1fb67-1800-7000-8000-000000000001'],
    );
    const [found] = await ask<{ place: string }>(
      db,
      'select tableoid::regclass::text as place from journal.events',
    );
    expect(found?.place).toBe('journal.events_sos_2026_11');
    const { created } = await ensurePartitions(db, Date.UTC(2026, 11, 21, 12));
    expect(created).toContain('dispatch.sos_requests_2027_02');
    expect(created.filter((name) => name.endsWith('_2027_02'))).toHaveLength(monthly);
    await ask(owner, 'truncate journal.events');
  });

  test('of the audit log can not be emptied either', async () => {
    const [first] = await partitionsOf('accounts.audit_log');
    expect(first?.name).toBe('audit_log_2026_10');
    await expect(ask(db, 'truncate accounts.audit_log_2026_10')).rejects.toMatchObject({ code: '42501' });
  });

  test('whose rows are already in DEFAULT are reported, and keep no other from being made', async () => {
    const later = Date.UTC(2028, 5, 1);
    const id = uuidOf(7);
    const gauges = new Map<string, number>();
    const warned: unknown[] = [];
    await ask(
      db,
      `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
       values (to_timestamp($1::float8 / 1000), $2, $2, $2, 1, now(), now(), 'POINT(0 0)', false)`,
      [later, id],
    );
    const clock = new ManualClock(later);
    await partitionsJob.run({
      db,
      clock,
      log: { ...silentLogger, warn: (fields) => warned.push(fields.partition) },
      metrics: { ...noMetrics, gauge: (name, value) => gauges.set(name, value) },
      signal: new AbortController().signal,
    });
    expect(warned).toEqual(['telemetry.positions_default']);
    expect(gauges.get('store_default_partitions_in_use')).toBe(1);
    const again = await ensurePartitions(db, later);
    expect(again.notCreated).toEqual(['telemetry.positions_2028_06_01']);
    expect(again.created).toEqual([]);
    const days = (await partitionsOf('telemetry.positions')).map(({ name }) => name);
    expect(days).toContain('positions_2028_06_02');
  });
});
