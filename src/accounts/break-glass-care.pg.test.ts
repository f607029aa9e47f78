import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { openTestStore } from '../testing/open-store.ts';
import { openAccess } from './access-service.ts';
import { relationsTo } from './care-team.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore('postgres');
});
afterAll(() => store?.stop());

test('whoever broke the glass stands so to the patient, until it is over', async () => {
  const { db } = store;
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(7));
  const [nurse, person, patientId] = [newId(), newId(), newId()];
  for (const [n, id] of [nurse, person].entries()) {
    await db.query(sql(`user_${n}`, 'insert into accounts.users (id, email) values ($1, $2)'), [
      id,
      `${id}@example.org`,
    ]);
  }
  await db.query(
    sql(
      'patient',
      "insert into care.patients (id, user_id, first_name, last_name, created_by) values ($1, $2, 'A', 'B', $2)",
    ),
    [patientId, person],
  );
  const access = openAccess({
    db,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
    newId,
    grantsOf: async () => ['professional'],
    unusualSubjectsPerHour: 50,
  });
  expect(await relationsTo(db, nurse, patientId)).toEqual([]);
  const by = { userId: nurse, grants: ['professional'] as const, expiresAtMs: 0 };
  await access.breakGlass.open(by, { subjectUserId: person, reason: 'unconscious, alone' }, null);
  expect(await relationsTo(db, nurse, patientId)).toEqual(['break_glass']);
  await db.query(
    sql('over', "update accounts.break_glass set opened_at = now() - interval '1 hour', until = now()"),
  );
  expect(await relationsTo(db, nurse, patientId)).toEqual([]);
  await access.stop();
});
