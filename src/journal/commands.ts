import { must } from '../lib/assert.ts';
import { type Queryable, sql, type Tx } from '../store/db.ts';

const STORED = sql(
  'journal_command_stored',
  `select clock_timestamp() as now,
          (select outcome from journal.commands where actor_id = $1 and command_id = $2) as outcome`,
);
const TURN = sql(
  'journal_command_turn',
  `select pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 7306095414))`,
);
const STORE = sql(
  'journal_command_store',
  'insert into journal.commands (actor_id, command_id, outcome) values ($1, $2, $3)',
);

/** Who sent a command, and the id the sender gave it. */
export interface CommandKey {
  readonly actorId: string;
  readonly commandId: string;
}

/** The store's clock, and the answer this command was given when it was first carried out, or null. */
export async function storedOutcome<Outcome>(
  db: Queryable,
  key: CommandKey,
): Promise<{ nowMs: number; outcome: Outcome | null }> {
  const [row] = await db.query<{ now: number; outcome: Outcome | null }>(STORED, [
    key.actorId,
    key.commandId,
  ]);
  const { now, outcome } = must(row, 'a row of a select without a table');
  return { nowMs: now, outcome };
}

/**
 * {@link storedOutcome} when no other transaction that waits for its turn carries the same command out: this one's turn
 * lasts until it ends. For whoever decides without a lock on what decides, and must not refuse what is done elsewhere.
 */
export async function outcomeInTurn<Outcome>(tx: Tx, key: CommandKey) {
  // A statement of its own: what one sees that has waited is as old as its beginning.
  await tx.query(TURN, [key.actorId, key.commandId]);
  return storedOutcome<Outcome>(tx, key);
}

/**
 * Keeps the answer, in the transaction that carries the command out. Fails with SQLSTATE 23505 (unique_violation)
 * when the same command is being carried out elsewhere at this moment.
 */
export async function storeOutcome(tx: Tx, key: CommandKey, outcome: unknown): Promise<void> {
  await tx.query(STORE, [key.actorId, key.commandId, JSON.stringify(outcome)]);
}
