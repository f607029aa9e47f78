import { openAccess } from '../accounts/access-service.ts';
import { monthRanges } from '../jobs/partition-bounds.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { type Db, sql } from '../store/db.ts';
import { CountingMetrics } from './gateway/stage.ts';
import { openTestStore } from './open-store.ts';

const MAKE_MONTH = sql(
  'test_make_audit_month',
  `select journal.make_partition('accounts', 'audit_log', $1, $2, $3)`,
);

/** A store whose audit log has three months from that of `nowMs` less one; what is older stands in DEFAULT. */
export async function openAuditStore(engine: Parameters<typeof openTestStore>[0], nowMs: number) {
  const store = await openTestStore(engine);
  for (const { suffix, from, to } of monthRanges(nowMs).slice(0, 3)) {
    await store.owner.query(MAKE_MONTH, [suffix, from, to]);
  }
  return store;
}

/** The audit log of one node, of whose people nobody has a grant. */
export const openTestAccess = (parts: {
  readonly db: Db;
  readonly clock: Clock;
  readonly newId: () => string;
}) =>
  openAccess({
    ...parts,
    log: silentLogger,
    metrics: new CountingMetrics(),
    grantsOf: async () => [],
    unusualSubjectsPerHour: 50,
  });
