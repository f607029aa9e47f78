import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { Chore } from './sessions-types.ts';

const KEEP = sql(
  'accounts_keep_audit_due',
  `insert into accounts.audit_due (id, entry)
   select d.id, d.entry from jsonb_to_recordset($1::jsonb) as d (id uuid, entry jsonb)`,
);
const DONE = sql(
  'accounts_audit_due_done',
  'delete from accounts.audit_due where id = any($1::uuid[]) returning id',
);
const LEFT = sql(
  'accounts_audit_due_left',
  `select id, entry, at from accounts.audit_due where at < now() - interval '5 minutes' order by at limit $1`,
);

const EVERY_MS = 60_000;
const AT_ONCE = 500;

interface KeepParts {
  readonly newId: () => string;
  readonly nowMs: () => number;
  readonly record: (entry: AuditEntry) => void;
}

/** Writes entries down in the transaction of what they tell; `record` takes them to a chain after its commit. */
export async function keepDue(
  tx: Tx,
  entries: readonly AuditEntry[],
  { newId, nowMs, record }: KeepParts,
): Promise<void> {
  const atMs = nowMs();
  const due = entries.map((entry) => ({ id: newId(), entry: { ...entry, atMs } }));
  await tx.query(KEEP, [JSON.stringify(due)]);
  tx.afterCommit(() => {
    for (const { id, entry } of due) record({ ...entry, dueId: id });
  });
}

/** Takes out what a chain has now, in the transaction that appends it. Answers what was there to be taken. */
export const takeDue = (tx: Queryable, ids: readonly string[]) => tx.query<{ id: string }>(DONE, [ids]);

interface DueParts {
  readonly db: Db;
  readonly record: (entry: AuditEntry) => void;
  /** Resolves when what was recorded is stored, or can't be at the moment. */
  readonly flush: () => Promise<void>;
}

/**
 * Appends what a node left behind that died between a commit and its chain, with the time of the act. Whoever takes an entry out
 * appends it; a node that was cut off for longer than that, and finds its own taken, does not.
 */
export const auditDueChore = ({ db, record, flush }: DueParts): Chore => ({
  name: 'audit_due',
  everyMs: EVERY_MS,
  async run() {
    const left = await db.query<{ id: string; entry: AuditEntry; at: number }>(LEFT, [AT_ONCE]);
    for (const { id, entry, at } of left) record({ atMs: at, ...entry, dueId: id });
    if (left.length > 0) await flush();
  },
});
