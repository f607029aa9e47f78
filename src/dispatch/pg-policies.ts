import { type Db, sql } from '../store/db.ts';
import { type Policy, type PolicyBody, policySchema } from './policy.ts';
import type { DispatchStore, PolicyVersion } from './store.ts';

const NEWEST = sql(
  'dispatch_policy_newest',
  'select version, body from dispatch.policies order by version desc limit 1',
);
const HISTORY = sql(
  'dispatch_policy_history',
  'select version, body, created_by, created_at from dispatch.policies order by version desc limit $1',
);
/** Two nodes that begin on an empty database both add the first policy: one after the other. */
const LOCK = sql('dispatch_policy_lock', 'lock table dispatch.policies in share row exclusive mode');
const ADD = sql(
  'dispatch_policy_add',
  `insert into dispatch.policies (version, body, created_by)
   select coalesce(max(version), 0) + 1, $1, $2 from dispatch.policies returning version`,
);

export function pgPolicies(db: Db): Pick<DispatchStore, 'newestPolicy' | 'addPolicy' | 'policies'> {
  return {
    async newestPolicy(): Promise<Policy | null> {
      const [row] = await db.query<{ version: number; body: unknown }>(NEWEST);
      return row ? { version: row.version, body: policySchema.parse(row.body) } : null;
    },

    async addPolicy(body: PolicyBody, createdBy: string | null): Promise<Policy> {
      const [row] = await db.transaction(async (tx) => {
        await tx.query(LOCK);
        return tx.query<{ version: number }>(ADD, [JSON.stringify(body), createdBy]);
      });
      return { version: row?.version ?? 1, body };
    },

    async policies(limit: number): Promise<readonly PolicyVersion[]> {
      const rows = await db.query<{
        version: number;
        body: unknown;
        created_by: string | null;
        created_at: number;
      }>(HISTORY, [limit]);
      return rows.map((row) => ({
        version: row.version,
        body: policySchema.parse(row.body),
        createdBy: row.created_by,
        createdAtMs: row.created_at,
      }));
    },
  };
}
