import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { INCIDENT_KEPT_MS } from '../dispatch/kept.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { PERSONAL_DATA, RETENTION } from '../schema/personal-data.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { ensurePartitions } from './partitions.ts';
import { retentionJob } from './retention.ts';

const DAY_MS = 86_400_000;
const KEEP_DAYS = RETENTION.incident.keepDays;
let statements = 0;

/** An SOS raised and, unless null, closed so many days ago. */
interface Planted {
  readonly raised: number;
  readonly closed: number | null;
}

/** One row of each table that belongs to an SOS; `$1` is its id, `$2` a person. */
const OF_AN_SOS: Readonly<Record<string, string>> = {
  'dispatch.sos_offers': `(sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at)
    values ($1, $1, $2, 1, 1, 1, 'CLOSED', now(), now())`,
  'dispatch.sos_slots': `(sos_id, slot, role, holder_id) values ($1, 1, 'PRIMARY', $2)`,
  'dispatch.sos_holdings': "(sos_id, responder_id, held_at, slot, role) values ($1, $2, now(), 1, 'PRIMARY')",
  'dispatch.sos_rejections': '(sos_id, volunteer_id, created_at) values ($1, $2, now())',
  'dispatch.sos_cancellations': '(sos_id, id, volunteer_id, created_at) values ($1, $1, $2, now())',
  'dispatch.chat_messages':
    "(sos_id, id, sender_id, content, created_at, seq) values ($1, $1, $2, 'hello', now(), 1)",
  'dispatch.chat_reads': '(sos_id, reader_id, seq, at) values ($1, $2, 1, now())',
  'dispatch.sos_feedback': `(sos_id, id, volunteer_id, by_user, rating, created_at)
    values ($1, $1, $2, (select id from accounts.users where id <> $2 limit 1), 5, now())`,
  'dispatch.handoffs': "(sos_id, id, state, by_user, created_at) values ($1, $1, 'needed', $2::uuid, now())",
  'dispatch.deadlines': '(sos_id, due_at, owner) values ($1, now(), $2)',
  'journal.events': `(kind, stream_id, seq, type, actor_id, at, data)
    values ('sos', $1, 1, 'test', $2::uuid, now(), '{}'), ('chat', $1, 1, 'test', $2, now(), '{}')`,
  'journal.streams': `(kind, stream_id, head)
    select kind, $1::uuid, 1 from unnest(array['sos', 'chat']) kind where $2::uuid is not null`,
};
/** Held only while the SOS is open. */
const WHILE_OPEN = ['dispatch.holders'];
const keyOf = (table: string) => (table.startsWith('journal.') ? 'stream_id' : 'sos_id');

describe.each(engines)('incidents on %s', (engine) => {
  let store: TestStore;
  let people: string[];
  const random = seededRandom(15);
  const nowMs = systemClock.nowMs();

  const ask = <Row>(text: string, params: unknown[] = []) =>
    store.db.query<Row>(sql(`test_${statements++}`, text), params);
  const step = async (most = 1_000) =>
    (await ask<{ gone: number }>('select dispatch.forget_incidents($1) as gone', [most]))[0]?.gone ?? 0;
  const forget = async () => {
    while ((await step()) > 0);
  };
  const idsIn = async (table: string) => {
    const own = table === 'dispatch.sos_requests' ? 'id' : keyOf(table);
    const narrowed = table.startsWith('journal.') ? `where kind in ('sos', 'chat')` : '';
    const rows = await ask<{ id: string }>(
      `select distinct ${own} as id from ${table} ${narrowed} order by 1`,
    );
    return rows.map(({ id }) => id);
  };
  const months = async () =>
    (
      await ask<{ name: string }>(
        `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ('dispatch', 'journal') and c.relname ~ '_\\d{4}_\\d{2}$' and c.relkind = 'r' order by 1`,
      )
    ).map(({ name }) => name);

  const plant = async ({ raised, closed }: Planted): Promise<string> => {
    const raisedMs = nowMs - raised * DAY_MS;
    const id = uuidV7Maker(() => raisedMs, random)();
    const [person = ''] = people;
    await ask(
      `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, status, created_at,
         closed_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since)
       values ($1, $1, $2, 'MEDICAL', 'HIGH', 'POINT(0 0)', $3, $4, $5, 1, 1, 0, 1, 1, '{}', $4)`,
      [
        id,
        person,
        closed === null ? 'PENDING' : 'CANCELLED',
        new Date(raisedMs),
        closed === null ? null : new Date(nowMs - closed * DAY_MS),
      ],
    );
    for (const [table, row] of Object.entries(OF_AN_SOS))
      await ask(`insert into ${table} ${row}`, [id, person]);
    return id;
  };

  beforeAll(async () => {
    store = await openTestStore(engine);
    const newId = uuidV7Maker(systemClock.nowMs, random);
    people = [newId(), newId()].sort();
    for (const id of people)
      await ask('insert into accounts.users (id, email) values ($1, $2)', [id, `${id}@example.org`]);
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    for (const table of Object.keys(OF_AN_SOS)) await ask(`delete from ${table}`);
    await ask('delete from dispatch.sos_requests');
  });

  test('leave by what the declaration says, however it is written', async () => {
    expect(INCIDENT_KEPT_MS).toBe(KEEP_DAYS * DAY_MS);
    const declared = PERSONAL_DATA.filter(
      ({ retention, ages }) => retention === 'incident' && !(ages && 'from' in ages),
    ).map(({ table }) => table);
    expect(declared.sort()).toEqual(
      [...Object.keys(OF_AN_SOS), ...WHILE_OPEN, 'dispatch.sos_requests'].sort(),
    );
  });

  test('closed for long enough are gone everywhere, and every other is whole', async () => {
    for (const daysAgo of [KEEP_DAYS + 100, KEEP_DAYS + 60, KEEP_DAYS + 10, 60])
      await ensurePartitions(store.db, nowMs - daysAgo * DAY_MS);
    const around = fc.integer({ min: KEEP_DAYS - 40, max: KEEP_DAYS + 130 });
    const planted = fc
      .tuple(around, fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 60 }), around), fc.boolean())
      .map(
        ([raised, closed]): Planted => ({
          raised,
          closed: closed === null ? null : Math.min(raised, closed),
        }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(planted, { minLength: 1, maxLength: 8 }), async (all) => {
        const kept: string[] = [];
        for (const one of all) {
          const id = await plant(one);
          if (one.closed === null || one.closed < KEEP_DAYS) kept.push(id);
        }
        await forget();
        kept.sort();
        for (const table of ['dispatch.sos_requests', ...Object.keys(OF_AN_SOS)])
          expect([table, await idsIn(table)]).toEqual([table, kept]);
        await forget();
        expect(await idsIn('dispatch.sos_requests')).toEqual(kept);
        for (const table of Object.keys(OF_AN_SOS)) await ask(`delete from ${table}`);
        await ask('delete from dispatch.sos_requests');
      }),
      { numRuns: 6, seed: 15 },
    );
  });

  const monthOf = (daysAgo: number) =>
    new Date(nowMs - daysAgo * DAY_MS).toISOString().slice(0, 7).replace('-', '_');

  test('of a month that is wholly over take its partitions with them, of every table', async () => {
    const raised = KEEP_DAYS + 200;
    await ensurePartitions(store.db, nowMs - raised * DAY_MS);
    await plant({ raised, closed: raised - 1 });
    expect((await months()).filter((name) => name.endsWith(monthOf(raised))).length).toBeGreaterThan(10);
    await forget();
    expect((await months()).filter((name) => name.endsWith(monthOf(raised)))).toEqual([]);
    expect(await months()).toContain(`sos_requests_${monthOf(0)}`);
    expect(await months()).toContain(`events_sos_${monthOf(0)}`);
  });

  test('one that is still open keeps its month, and others of it go row by row', async () => {
    const raised = KEEP_DAYS + 300;
    await ensurePartitions(store.db, nowMs - raised * DAY_MS);
    const open = await plant({ raised, closed: null });
    await plant({ raised, closed: raised - 1 });
    await forget();
    expect(await idsIn('dispatch.sos_requests')).toEqual([open]);
    expect(await idsIn('dispatch.sos_offers')).toEqual([open]);
    expect(await months()).toContain(`sos_requests_${monthOf(raised)}`);
    expect(await months()).toContain(`chat_messages_${monthOf(raised)}`);
    await ask(`update dispatch.sos_requests set status = 'CANCELLED', closed_at = created_at where id = $1`, [
      open,
    ]);
    await forget();
    expect((await months()).filter((name) => name.endsWith(monthOf(raised)))).toEqual([]);
  });

  test('rows for which there was no month go too', async () => {
    const raised = KEEP_DAYS + 700;
    await plant({ raised, closed: raised });
    await forget();
    expect(await idsIn('dispatch.sos_requests')).toEqual([]);
    expect(await idsIn('journal.events')).toEqual([]);
  });

  test('are deleted by the job that deletes everything old', async () => {
    const { signal } = new AbortController();
    await plant({ raised: KEEP_DAYS + 700, closed: KEEP_DAYS + 700 });
    const gone = async () => {
      await retentionJob.run({
        db: store.db,
        clock: systemClock,
        log: silentLogger,
        metrics: noMetrics,
        signal,
      });
      return (await idsIn('dispatch.sos_requests')).length === 0;
    };
    await until(gone, { timeoutMs: 60_000, what: 'the incident to leave' });
  });

  test('the job can be cut off after any step, and the next run goes on', async () => {
    const raised = KEEP_DAYS + 400;
    await ensurePartitions(store.db, nowMs - raised * DAY_MS);
    await plant({ raised, closed: raised - 1 });
    const young = await plant({ raised: 100, closed: 90 });
    let steps = 0;
    for (; steps < 100; steps++) {
      if ((await step(1)) === 0) break;
      expect(await idsIn('dispatch.sos_offers')).toContain(young);
    }
    expect(steps).toBeGreaterThan(10);
    expect(steps).toBeLessThan(100);
    for (const table of ['dispatch.sos_requests', ...Object.keys(OF_AN_SOS)])
      expect([table, await idsIn(table)]).toEqual([table, [young]]);
    expect((await months()).filter((name) => name.endsWith(monthOf(raised)))).toEqual([]);
  });
});
