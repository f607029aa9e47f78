import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { openTestStore } from '../testing/open-store.ts';
import { type Access, openAccess } from './access-service.ts';
import { verifyAudit } from './audit-verify.ts';
import type { Grant } from './types.ts';

describe.each(engines)('access in an emergency on %s', (engine) => {
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_121));
  const grants = new Map<string, Grant[]>();
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let access: Access;
  let metrics: CountingMetrics;
  let warned: unknown[];
  let statements = 0;

  const ask = <Row>(text: string, params: unknown[] = []) =>
    store.db.query<Row>(sql(`break_glass_test_${statements++}`, text), params);

  const person = async (...held: Grant[]) => {
    const userId = newId();
    await ask('insert into accounts.users (id, email) values ($1, $2)', [userId, `${userId}@example.org`]);
    await ask('insert into accounts.user_profiles (user_id, name) values ($1, $2)', [
      userId,
      `Name of ${held}`,
    ]);
    grants.set(userId, held);
    return { userId, grants: held, expiresAtMs: 0 };
  };

  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    metrics = new CountingMetrics();
    warned = [];
    const log = { ...silentLogger, warn: (fields: unknown) => warned.push(fields), named: () => log };
    access = openAccess({
      db: store.db,
      clock: systemClock,
      log,
      metrics,
      newId,
      grantsOf: async (userId) => grants.get(userId) ?? [],
      unusualSubjectsPerHour: 3,
    });
  });

  const reason = 'unconscious, no relative to ask';

  test('is had for a quarter of an hour, with a reason, an alarm and a report', async () => {
    const [nurse, patient] = [await person('professional'), await person('patient')];
    expect(await access.breakGlass.isOpen(nurse.userId, patient.userId)).toBe(false);
    const input = { subjectUserId: patient.userId, reason };
    const opened = await access.breakGlass.open(nurse, input, '192.0.2.1');
    if (!opened.ok) throw new Error(opened.code);
    const { breakGlassId, untilMs } = opened.value;
    expect(await access.breakGlass.isOpen(nurse.userId, patient.userId)).toBe(true);
    expect(await access.breakGlass.isOpen(patient.userId, nurse.userId)).toBe(false);
    const [report] = await access.breakGlass.list({ limit: 10 });
    expect(report).toMatchObject({
      breakGlassId,
      userId: nurse.userId,
      subjectUserId: patient.userId,
      reason,
    });
    expect(untilMs - (report?.openedAtMs ?? 0)).toBe(15 * 60_000);
    expect(warned).toEqual([{ kind: 'BREAK_GLASS', userId: nurse.userId }]);
    expect(metrics.counts.get('access_alarms_total{BREAK_GLASS}')).toBe(1);
    expect(
      await ask('select user_id, details from accounts.suspicious_activities where activity_type = $1', [
        'BREAK_GLASS',
      ]),
    ).toEqual([{ user_id: nurse.userId, details: { breakGlassId, subjectUserId: patient.userId } }]);
    await access.stop();
    expect(await access.reading.disclosuresOf(patient.userId, { limit: 10 })).toMatchObject([
      { viewerId: nurse.userId, viewerName: 'Name of professional', what: 'break_glass', reason },
    ]);
    await ask(
      `update accounts.break_glass set opened_at = now() - interval '2 hours', until = now() - interval '1 second'`,
    );
    expect(await access.breakGlass.isOpen(nurse.userId, patient.userId)).toBe(false);
  });

  test('is for those whom the matrix names, and about people who exist', async () => {
    const [patient, admin, nurse] = [
      await person('patient'),
      await person('admin'),
      await person('professional'),
    ];
    const about = (subjectUserId: string) => ({ subjectUserId, reason });
    expect(await access.breakGlass.open(patient, about(nurse.userId), null)).toMatchObject({
      code: 'forbidden',
    });
    expect(await access.breakGlass.open(admin, about(patient.userId), null)).toMatchObject({
      code: 'forbidden',
    });
    expect(await access.breakGlass.open(nurse, about(newId()), null)).toMatchObject({ code: 'not_found' });
  });

  test('whoever is looked at sees by whom, page by page, and nothing of others', async () => {
    const [one, two, dispatcher] = [await person(), await person(), await person('dispatcher')];
    access.trail.saw(dispatcher, one.userId, 'dispatch');
    access.trail.saw(dispatcher, two.userId, 'dispatch');
    access.trail.saw(one, two.userId, 'rescue');
    await access.flush();
    const seen = await access.reading.disclosuresOf(two.userId, { limit: 1 });
    expect(seen).toMatchObject([{ viewerId: one.userId, purpose: 'rescue', what: 'position' }]);
    const before = seen[0]?.id;
    expect(await access.reading.disclosuresOf(two.userId, { before, limit: 5 })).toMatchObject([
      { viewerId: dispatcher.userId, viewerName: 'Name of dispatcher', purpose: 'dispatch' },
    ]);
    expect(await access.reading.page({ actorId: dispatcher.userId, limit: 5 })).toHaveLength(2);
    expect((await verifyAudit(store.db)).broken).toEqual([]);
  });

  test('whoever reads about many people raises an alarm that administrators see', async () => {
    const nurse = await person('professional');
    for (let n = 0; n < 5; n += 1) access.trail.saw(nurse, newId(), 'care');
    await expect
      .poll(() =>
        ask('select user_id, details from accounts.suspicious_activities where activity_type = $1', [
          'UNUSUAL_READING',
        ]),
      )
      .toEqual([{ user_id: nurse.userId, details: { subjects: 4 } }]);
    await access.stop();
  });
});
