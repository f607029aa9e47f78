import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditLog } from './accounts/audit.ts';
import { auditCommand } from './audit-command.ts';
import { systemClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { packageRoot } from './lib/package-root.ts';
import { seededRandom } from './lib/random.ts';
import { sql } from './store/db.ts';
import { openTestStore } from './testing/open-store.ts';

describe('muster audit verify', () => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  beforeAll(async () => {
    store = await openTestStore('postgres');
    const newId = uuidV7Maker(systemClock.nowMs, seededRandom(1));
    const log = new AuditLog({
      db: store.db,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
    });
    for (const reason of ['one', 'two']) {
      log.record({
        actorId: null,
        grants: [],
        action: 'read',
        resourceKind: 'test',
        outcome: 'allowed',
        reason,
      });
    }
    await log.flush();
  });
  afterAll(() => store?.stop());

  const verify = () => {
    const { connection } = store.database;
    const DATABASE_URL =
      'connectionString' in connection
        ? connection.connectionString
        : `postgresql://${connection.user}@${connection.host}:${connection.port}/${connection.database}`;
    return new Promise<{ code: number; out: string }>((resolve) => {
      const args = [new URL('dist/src/main.js', packageRoot).pathname, 'audit', 'verify'];
      execFile(process.execPath, args, { env: { ...process.env, DATABASE_URL } }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
      );
    });
  };

  test('says that nothing was changed, and names the row that was', async () => {
    expect(await verify()).toEqual({ code: 0, out: '3 rows in 1 chains: nothing was changed.\n' });
    const change = [
      'alter table accounts.audit_log_default disable trigger user',
      'grant update on accounts.audit_log to current_user',
      "update accounts.audit_log set reason = 'none' where reason = 'one'",
    ];
    for (const [n, text] of change.entries()) await store.owner.query(sql(`tamper_${n}`, text));
    const found = await verify();
    expect(found.code).toBe(1);
    expect(found.out).toMatch(
      /^BROKEN: row 2 \([0-9a-f-]{36}\) of chain [0-9a-f-]{36} was changed after it was written\.$/m,
    );
  });

  test('is not taken for anything else', async () => {
    expect(await auditCommand(['mend'])).toBe(2);
  });
});
