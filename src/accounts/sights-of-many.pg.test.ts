import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { migrateTo } from '../store/migrate.ts';
import { openAuditStore, openTestAccess } from '../testing/audit-store.ts';
import { engines } from '../testing/databases.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { type AuditLimits, AuditLog } from './audit.ts';
import type { AuditEntry } from './audit-entry.ts';
import { exportPerson } from './personal-export.ts';
import { DISCLOSURES } from './sql/audit.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

describe.each(engines)('a sight of many on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openAuditStore>>;
  const clock = new ManualClock(NOW_MS - 200 * DAY_MS);
  const newId = uuidV7Maker(() => clock.nowMs(), seededRandom(20_261_126));

  beforeAll(async () => {
    // October to December.
    store = await openAuditStore(engine, NOW_MS);
  });
  afterAll(() => store?.stop());

  const openLog = (metrics = new CountingMetrics(), limits: Partial<AuditLimits> = {}) =>
    new AuditLog({ db: store.db, clock, log: silentLogger, metrics, newId, limits });
  const open = () => openTestAccess({ db: store.db, clock, newId });
  const somebody = async (name: string) => {
    const id = newId();
    await store.db.query(
      sql('test_many_user', `insert into accounts.users (id, email) values ($1, $1::uuid || '@example.org')`),
      [id],
    );
    await store.db.query(
      sql('test_many_name', 'insert into accounts.user_profiles (user_id, name) values ($1, $2)'),
      [id, name],
    );
    return id;
  };
  const people = (count: number) => Array.from({ length: count }, newId);
  const sight = (actorId: string, whom: Partial<AuditEntry>): AuditEntry => ({
    actorId,
    grants: ['dispatcher'],
    action: 'read',
    resourceKind: 'position',
    purpose: 'dispatch',
    outcome: 'allowed',
    ...whom,
  });

  test('is found by each whom it is of, and by nobody else', async () => {
    const access = open();
    const viewer = await somebody('Dora');
    const seen = people(1_200);
    access.trail.sawAll({ userId: viewer, grants: ['dispatcher'] }, seen, 'dispatch');
    await access.flush();
    for (const person of [0, 499, 500, 1_199].map((n) => seen[n] ?? '')) {
      const found = await access.reading.disclosuresOf(person, { limit: 10 });
      expect(found).toMatchObject([
        { viewerId: viewer, viewerName: 'Dora', what: 'position', purpose: 'dispatch', reason: null },
      ]);
    }
    for (const person of [newId(), viewer])
      expect(await access.reading.disclosuresOf(person, { limit: 10 })).toEqual([]);
    expect(await access.reading.page({ actorId: viewer, limit: 10 })).toMatchObject([
      { subjects: 200 },
      { subjects: 500 },
      { subjects: 500 },
    ]);
    await access.stop();
  });

  test('is about whom was asked for, and how many they were, and names nobody else', async () => {
    const access = open();
    const [viewer, person, other] = [await somebody('Vera'), await somebody('Paul'), await somebody('Olga')];
    access.trail.sawAll(
      { userId: viewer, grants: ['dispatcher'] },
      [other, person, ...people(3)],
      'dispatch',
    );
    const sosId = newId();
    access.trail.saw({ userId: viewer, grants: ['dispatcher'] }, person, 'dispatch', { resourceId: sosId });
    await access.flush();
    const about = await access.reading.page({ subjectUserId: person, limit: 10 });
    expect(about).toMatchObject([
      { subjectUserId: person, subjectName: 'Paul', subjects: 1, actorName: 'Vera' },
      { subjectUserId: person, subjectName: 'Paul', subjects: 5, actorName: 'Vera' },
    ]);
    const all = await access.reading.page({ actorId: viewer, limit: 10 });
    expect(all).toMatchObject([
      { subjectUserId: person, subjects: 1 },
      { subjectUserId: null, subjectName: null, subjects: 5 },
    ]);
    expect(JSON.stringify([about, all])).not.toContain(other);
    const [alone, map] = await Promise.all(about.map(({ id }) => access.reading.peopleOf(id)));
    expect(map).toHaveLength(5);
    expect(map?.slice(0, 2)).toEqual([
      { userId: other, name: 'Olga', resourceId: null },
      { userId: person, name: 'Paul', resourceId: null },
    ]);
    expect(alone).toEqual([{ userId: person, name: 'Paul', resourceId: sosId }]);
    for (const unknown of [newId(), 'x']) expect(await access.reading.peopleOf(unknown)).toBeNull();
    await access.stop();
  });

  test('comes on pages in the order of time among those of one, filtered like them', async () => {
    const access = open();
    const log = openLog();
    const [person, ...viewers] = [...people(1), ...people(2)] as [string, string, string];
    const random = seededRandom(5);
    const kept: { readonly atMs: number; readonly viewer: string }[] = [];
    clock.advance(NOW_MS - 70 * DAY_MS - clock.nowMs());
    for (let n = 0; n < 120; n++) {
      clock.advance(Math.floor(random() * DAY_MS));
      const viewer = viewers[n % 7 === 0 ? 0 : 1] ?? '';
      const isAlone = random() < 0.4;
      log.record(
        sight(viewer, isAlone ? { subjectUserId: person } : { subjectUserIds: [...people(2), person] }),
      );
      log.record(sight(viewer, { subjectUserIds: people(2) }));
      kept.push({ atMs: clock.nowMs(), viewer });
    }
    await log.flush();
    kept.reverse();

    /** All pages of so many, one after the other. */
    const pagesOf = async (read: (before: string | undefined) => Promise<{ id: string; atMs: number }[]>) => {
      const times: number[] = [];
      for (let before: string | undefined; ; ) {
        const page = await read(before);
        times.push(...page.map(({ atMs }) => atMs));
        if (page.length === 0) return times;
        before = page.at(-1)?.id;
      }
    };
    const { disclosuresOf, page } = access.reading;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 7, max: 90 }),
        fc.option(fc.constantFrom(...viewers), { nil: undefined }),
        fc.option(fc.nat(70), { nil: undefined }),
        async (limit, actorId, daysAgo) => {
          const toMs = daysAgo === undefined ? undefined : NOW_MS - daysAgo * DAY_MS;
          const fromMs = toMs === undefined ? undefined : toMs - 30 * DAY_MS;
          const asked = { subjectUserId: person, actorId, fromMs, toMs, limit };
          const wanted = kept.filter(
            ({ atMs, viewer }) =>
              (actorId === undefined || viewer === actorId) &&
              (fromMs === undefined || toMs === undefined || (atMs >= fromMs && atMs < toMs)),
          );
          const found = await pagesOf((before) => page({ ...asked, before }));
          expect(found).toEqual(wanted.map(({ atMs }) => atMs));
        },
      ),
      { numRuns: 15 },
    );
    expect(await page({ subjectUserId: person, limit: 200, outcome: 'refused' })).toEqual([]);
    expect(await page({ subjectUserId: person, limit: 200, action: 'read' })).toHaveLength(120);
    const told = await pagesOf((before) => disclosuresOf(person, { before, limit: 17 }));
    expect(told).toEqual(kept.map(({ atMs }) => atMs));
  });

  test('is in the export of each with the number of the others, and never with who they are', async () => {
    const log = openLog();
    const [viewer, person, other] = people(3) as [string, string, string];
    const count = 510;
    for (let n = 0; n < count; n++) {
      clock.advance(MINUTE_MS);
      log.record(sight(viewer, { subjectUserIds: [other, person, ...people(1)] }));
    }
    await log.flush();
    const { tables } = await exportPerson(store.db, person, NOW_MS);
    const rows = tables['accounts.audit_log (seen among others)'] ?? [];
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(count);
    expect(rows[0]).toMatchObject({ actor_id: viewer, subject_user_id: person, subjects: 3 });
    expect(JSON.stringify(tables)).not.toContain(other);
    expect(tables['accounts.audit_log']).toBeUndefined();

    const { tables: ofViewer } = await exportPerson(store.db, viewer, NOW_MS);
    const own = ofViewer['accounts.audit_log (what they did)'] ?? [];
    expect(own).toHaveLength(count);
    expect(own[0]).toMatchObject({ subject_user_id: null, subjects: 3 });
    expect(JSON.stringify(ofViewer)).not.toContain(other);
    expect(await open().reading.verify()).toMatchObject({ broken: [] });
  });

  test('takes as much of the room of the log as people, and of a batch', async () => {
    const metrics = new CountingMetrics();
    const log = openLog(metrics, { queueEntries: 1_000, batchPeople: 600 });
    const viewer = newId();
    log.record(sight(viewer, { subjectUserIds: people(500) }));
    expect([log.waiting, log.hasRoom]).toEqual([500, true]);
    log.record(sight(viewer, { subjectUserIds: people(450) }));
    expect([log.waiting, log.hasRoom]).toEqual([950, false]);
    log.record(sight(viewer, { subjectUserIds: people(51) }));
    expect(metrics.counts.get('audit_queue_full_total{}')).toBe(1);
    log.record(sight(viewer, { subjectUserId: newId() }));
    await log.flush();
    expect(log.waiting).toBe(0);
    const written = await open().reading.page({ actorId: viewer, limit: 10 });
    expect(written.map(({ subjects }) => subjects)).toEqual([1, 450, 500]);
  });

  test('is found among a hundred thousand without going through them', async () => {
    const [first, last, nobody] = people(3) as [string, string, string];
    const viewer = newId();
    // 2,000 entries about 50 people each, in October and in November: `first` is in the oldest one, `last` in every tenth.
    const fill = sql(
      'test_many_fill',
      `insert into accounts.audit_log (id, chain, chain_seq, at, actor_id, grants, action, resource_kind, subject_user_ids,
              purpose, outcome, prev_hash, hash)
       select (lpad(to_hex((floor(extract(epoch from d.at)) * 1000)::bigint), 12, '0') || '7000a' || right(md5(n::text), 15))::uuid,
              $4, n, d.at, $3, '{dispatcher}', 'read', 'position',
              array(select md5(n || '.' || k)::uuid from generate_series(1, 48) k)
                || case when n = 1 then $1::uuid else gen_random_uuid() end
                || case when n % 10 = 0 then $2::uuid else gen_random_uuid() end,
              'dispatch', 'allowed', '', ''
         from generate_series(1, 2000) n
         cross join lateral (select timestamptz '2026-10-02' + n * interval '30 minutes' as at) d`,
    );
    await store.owner.query(fill, [first, last, viewer, newId()]);
    await store.owner.query(sql('test_many_analyze', 'analyze accounts.audit_log'));

    const READ = sql(
      'test_many_read',
      `select coalesce(sum(seq_tup_read), 0)::int as scanned, coalesce(sum(idx_tup_fetch), 0)::int as fetched,
              coalesce(sum(idx_tup_fetch) filter (where relname = 'audit_log_2026_10'), 0)::int as october
         from pg_stat_xact_user_tables where relname like 'audit_log%'`,
    );
    type Read = { readonly scanned: number; readonly fetched: number; readonly october: number };
    /** What one page of disclosures reads: rows without an index, rows found through one, and those of October. */
    const readFor = (person: string, limit: number) =>
      store.db.transaction(async (tx) => {
        const [before] = await tx.query<Read>(READ);
        const found = await tx.query<{ id: string }>(DISCLOSURES, [person, null, limit]);
        const [after] = await tx.query<Read>(READ);
        if (!before || !after) throw new Error('nothing is counted');
        return {
          found: found.length,
          scanned: after.scanned - before.scanned,
          fetched: after.fetched - before.fetched,
          october: after.october - before.october,
        };
      });

    for (let again = 0; again < 7; again++) {
      expect(await readFor(nobody, 50)).toEqual({ found: 0, scanned: 0, fetched: 0, october: 0 });
      expect(await readFor(first, 50)).toMatchObject({ found: 1, scanned: 0 });
      // Of the newest month every one, to know the newest; of the month before none.
      const busy = await readFor(last, 20);
      expect(busy).toMatchObject({ found: 20, scanned: 0, october: 0 });
      expect(busy.fetched).toBeLessThan(200);
    }
  });

  test('keeps the column of its people from being taken back', async () => {
    const log = openLog();
    log.record(sight(newId(), { subjectUserIds: people(2) }));
    await log.flush();
    const back = migrateTo(store.database.connection, { log: silentLogger, to: 48 });
    await expect(back).rejects.toThrow(/^Taking back 000049_sights_of_many.sql failed/);
  });
});
