import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { migrateTo } from '../store/migrate.ts';
import { openAuditStore, openTestAccess } from '../testing/audit-store.ts';
import { engines } from '../testing/databases.ts';
import { exportPerson } from './personal-export.ts';
import { DISCLOSURES_OF_SOS } from './sql/audit.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;

describe.each(engines)('what a dispatcher saw of several SOS in a second, on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openAuditStore>>;
  const clock = new ManualClock(NOW_MS - 90 * DAY_MS);
  const newId = uuidV7Maker(() => clock.nowMs(), seededRandom(20_261_127));

  beforeAll(async () => {
    // October to December.
    store = await openAuditStore(engine, NOW_MS);
  });
  afterAll(() => store?.stop());

  const open = () => openTestAccess({ db: store.db, clock, newId });
  const ids = (count: number) => Array.from({ length: count }, newId);
  const dispatcher = (userId: string) => ({ userId, grants: ['dispatcher'] });
  /** Somebody sees the places of two in the same second. */
  const seesBoth = async () => {
    const access = open();
    const [viewer, ann, ben, sosOfAnn, sosOfBen] = ids(5) as [string, string, string, string, string];
    access.trail.saw(dispatcher(viewer), ann, 'dispatch', { resourceId: sosOfAnn });
    access.trail.saw(dispatcher(viewer), ben, 'dispatch', { resourceId: sosOfBen });
    await access.flush();
    return { access, viewer, ann, ben, sosOfAnn, sosOfBen };
  };

  test('is disclosed to each in their own SOS, and in none of the others', async () => {
    const { access, viewer, ann, ben, sosOfAnn, sosOfBen } = await seesBoth();
    const { reading } = access;
    expect(await reading.page({ actorId: viewer, limit: 10 })).toMatchObject([
      { subjects: 2, resourceId: null },
    ]);
    for (const [person, sosId, times] of [
      [ann, sosOfAnn, 1],
      [ben, sosOfBen, 1],
      [ann, sosOfBen, 0],
      [ben, sosOfAnn, 0],
      [viewer, sosOfAnn, 0],
    ] as const) {
      const told = await reading.disclosuresOfSos(person, sosId, { limit: 10 });
      expect(told.map(({ viewerId, what }) => [viewerId, what])).toEqual(
        Array.from({ length: times }, () => [viewer, 'position']),
      );
    }
    expect(await reading.disclosuresOf(ann, { limit: 10 })).toMatchObject([{ viewerId: viewer }]);
    expect(await reading.page({ subjectUserId: ben, limit: 10 })).toMatchObject([
      { subjectUserId: ben, resourceId: sosOfBen, subjects: 2 },
    ]);
    const [entry] = await reading.page({ actorId: viewer, limit: 10 });
    const people = await reading.peopleOf(entry?.id ?? '');
    expect(new Map(people?.map(({ userId, resourceId }) => [userId, resourceId]))).toEqual(
      new Map([
        [ann, sosOfAnn],
        [ben, sosOfBen],
      ]),
    );
    await access.stop();
  });

  test('comes on pages with those of one alone, newest first, over the months and from before there were any', async () => {
    const access = open();
    const [person, sosId] = ids(2) as [string, string];
    const told: string[] = [];
    for (let n = 0; n < 25; n += 1) {
      const [viewer = '', other = '', otherSos = ''] = ids(3);
      access.trail.saw(dispatcher(viewer), person, 'dispatch', { resourceId: sosId });
      if (n % 3 > 0) access.trail.saw(dispatcher(viewer), other, 'dispatch', { resourceId: otherSos });
      await access.flush();
      told.unshift(viewer);
      clock.advance(3.5 * DAY_MS);
    }
    const found: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await access.reading.disclosuresOfSos(person, sosId, { before, limit: 4 });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(4);
      found.push(...page.map(({ viewerId }) => viewerId));
      before = page.at(-1)?.id;
    }
    expect(found).toEqual(told);
    await access.stop();
  });

  test('is proven by its hash, in which each stands with their SOS', async () => {
    const { access, viewer, sosOfAnn, sosOfBen } = await seesBoth();
    expect(await access.reading.verify()).toMatchObject({ broken: [] });
    const swap = (from: string, to: string) =>
      store.owner.transaction(async (tx) => {
        await tx.query(sql('test_unlock', `set local session_replication_role = 'replica'`));
        await tx.query(
          sql('test_swap', 'update accounts.audit_log set resource_ids = array[$2, $3] where actor_id = $1'),
          [viewer, from, to],
        );
      });
    await swap(sosOfBen, sosOfAnn);
    expect((await access.reading.verify()).broken).toMatchObject([
      { what: 'was changed after it was written' },
    ]);
    await swap(sosOfAnn, sosOfBen);
    expect(await access.reading.verify()).toMatchObject({ broken: [] });
    await access.stop();
  });

  test('is in the export of each with their SOS, and with nobody else’s', async () => {
    const { access, viewer, ann, ben, sosOfAnn, sosOfBen } = await seesBoth();
    const { tables } = await exportPerson(store.db, ann, NOW_MS);
    expect(tables['accounts.audit_log (seen among others)']).toMatchObject([
      { subject_user_id: ann, resource_id: sosOfAnn, subjects: 2 },
    ]);
    for (const not of [ben, sosOfBen]) expect(JSON.stringify(tables)).not.toContain(not);
    const { tables: ofViewer } = await exportPerson(store.db, viewer, NOW_MS);
    expect(ofViewer['accounts.audit_log (what they did)']).toMatchObject([
      { subject_user_id: null, resource_id: null, subjects: 2 },
    ]);
    for (const not of [ann, ben, sosOfAnn, sosOfBen]) expect(JSON.stringify(ofViewer)).not.toContain(not);
    await access.stop();
  });

  test('is found among a hundred thousand without going through them', async () => {
    const [person, sosId, viewer] = ids(3) as [string, string, string];
    // 2,000 entries about 50 people each: this one is in the oldest of them.
    const fill = sql(
      'test_sos_fill',
      `insert into accounts.audit_log (id, chain, chain_seq, at, actor_id, grants, action, resource_kind, subject_user_ids,
              resource_ids, purpose, outcome, prev_hash, hash)
       select (lpad(to_hex((floor(extract(epoch from d.at)) * 1000)::bigint), 12, '0') || '7000a' || right(md5(n::text), 15))::uuid,
              $4, n, d.at, $3, '{dispatcher}', 'read', 'position',
              array(select md5(n || '.' || k)::uuid from generate_series(1, 49) k)
                || case when n = 1 then $1::uuid else gen_random_uuid() end,
              array(select md5(n || '.' || k) from generate_series(1, 49) k)
                || case when n = 1 then $2::text else gen_random_uuid()::text end,
              'dispatch', 'allowed', '', ''
         from generate_series(1, 2000) n
         cross join lateral (select timestamptz '2026-11-20' + n * interval '1 minute' as at) d`,
    );
    await store.owner.query(fill, [person, sosId, viewer, newId()]);
    await store.owner.query(sql('test_sos_analyze', 'analyze accounts.audit_log'));
    const READ = sql(
      'test_sos_read',
      `select coalesce(sum(seq_tup_read), 0)::int as scanned, coalesce(sum(idx_tup_fetch), 0)::int as fetched
         from pg_stat_xact_user_tables where relname like 'audit_log%'`,
    );
    const from = '00000000-0000-0000-0000-000000000000';
    for (let again = 0; again < 7; again++) {
      const read = await store.db.transaction(async (tx) => {
        const [before] = await tx.query<{ scanned: number; fetched: number }>(READ);
        const found = await tx.query<{ actor_id: string }>(DISCLOSURES_OF_SOS, [
          person,
          sosId,
          null,
          50,
          from,
        ]);
        const [after] = await tx.query<{ scanned: number; fetched: number }>(READ);
        return {
          found: found.map(({ actor_id }) => actor_id),
          scanned: (after?.scanned ?? Number.NaN) - (before?.scanned ?? Number.NaN),
          fetched: (after?.fetched ?? Number.NaN) - (before?.fetched ?? Number.NaN),
        };
      });
      expect(read.found).toEqual([viewer]);
      // A month of a few rows may be gone through.
      expect(read.scanned + read.fetched).toBeLessThan(100);
    }
  });

  test('keeps the column of its SOS from being taken back', async () => {
    const { access } = await seesBoth();
    const back = migrateTo(store.database.connection, { log: silentLogger, to: 49 });
    await expect(back).rejects.toThrow(/^Taking back 000050_sights_of_sos.sql failed/);
    await access.stop();
  });
});
