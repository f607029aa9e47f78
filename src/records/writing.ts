import { type CommandKey, storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append, type LogEvent } from '../journal/event-log.ts';
import { derivedId } from '../lib/derived-id.ts';
import { refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import type { RecordVerb } from '../schema/records/define.ts';
import { sql, type Tx } from '../store/db.ts';
import { type Entitled, entryOf, partiesOf } from './entitled.ts';
import { refusalOf } from './refusals.ts';
import type { Row } from './rows.ts';
import type { Answered, RecordParts, Viewer } from './types.ts';

/** What everybody follows who looks at records of this type that are about nobody. */
export const catalogueStream = (type: AnyRecordType): string => derivedId('records', type.name);

export const EVENT_OF = {
  create: 'record.created',
  change: 'record.changed',
  remove: 'record.removed',
  erase: 'record.erased',
} as const satisfies Partial<Record<RecordVerb, string>>;
export type WritingVerb = keyof typeof EVENT_OF;

/** What a command answered when it was carried out: ids alone, since an answer is kept where no health record is. */
export interface Done {
  /** Of the command: the same key for another one is a mistake. */
  readonly print: string;
  readonly ids: readonly string[];
}

export interface Write {
  readonly by: Viewer;
  readonly type: AnyRecordType;
  readonly verb: WritingVerb;
  readonly of: Entitled;
  readonly key: CommandKey | null;
  /** What the command is, so that another one under its key is told from it. */
  readonly print: string;
  readonly reason: string | null;
  /** Of a change: the fields that say something else than before. */
  readonly changed?: readonly string[];
  /** Answers the rows as they are then; none: somebody changed it meanwhile. */
  readonly work: (tx: Tx) => Promise<readonly Row[]>;
}

// Told to the trigger that keeps what a row was, for this transaction alone.
const SAY_WHY = sql('records_reason', `select set_config('muster.reason', $1, true) as said`);

/** What a key was used for; null: it is new. */
export async function doneBefore(parts: RecordParts, key: CommandKey | null): Promise<Done | null> {
  return key === null ? null : (await storedOutcome<Done>(parts.db, key)).outcome;
}

/**
 * Rows, what they were, the event, the entry of the audit log and the stored answer in one transaction; after its commit
 * everybody is told. Nothing is done that can't be put on record.
 */
export async function write(parts: RecordParts, order: Write): Promise<Answered<readonly Row[]>> {
  const { type, verb, key, print, reason } = order;
  if (!parts.trail.hasRoom) return refused('busy');
  try {
    const rows = await parts.db.transaction(async (tx) => {
      if (reason !== null) await tx.query(SAY_WHY, [reason]);
      const written = await order.work(tx);
      if (written.length === 0) return written;
      const events = await told(tx, order, written);
      const { by, of, changed = [] } = order;
      const personUserId = of.person?.userId ?? null;
      const about = { type: type.name, verb, changed, byUserId: by.userId, personUserId };
      if (key) await storeOutcome(tx, key, { print, ids: written.map(({ id }) => String(id)) });
      const acts = written.map(({ id }) => ({
        ...entryOf(order.by, type, verb, { ...order.of, id: String(id), reason: onRecord(verb, reason) }),
        outcome: 'allowed' as const,
      }));
      await parts.trail.recordIn(tx, acts);
      // Last: it takes what an SOS that is offered to one of them waits for.
      await parts.tell?.(
        tx,
        written.map((row) => ({ ...about, row })),
      );
      tx.afterCommit(() => {
        for (const event of events) parts.publish(event);
      });
      return written;
    });
    return rows.length === 0 ? refused('record_changed') : { ok: true, value: rows };
  } catch (error) {
    const refusal = isOfKey(error) ? null : refusalOf(type, error);
    if (refusal) return refusal;
    throw error;
  }
}

/**
 * Words about somebody's health are not for the audit log, which administrators read and nobody erases: they are kept with the
 * version that they replaced. Of what was taken out with its history nothing else says why.
 */
const onRecord = (verb: WritingVerb, reason: string | null): string | null =>
  reason === null || verb === 'erase' ? reason : 'a reason was given';

/** The same command is being carried out elsewhere at this moment; it is answered when it is asked again. */
export const isOfKey = (error: unknown): boolean =>
  error instanceof Error && (error as { constraint?: unknown }).constraint === 'commands_pkey';

function told(tx: Tx, { by, type, verb, of }: Write, rows: readonly Row[]): Promise<LogEvent[]> {
  const atMs = Math.max(...rows.map((row) => Number(row.updated_at)));
  const records = rows.map(({ id, version }) => ({ recordId: id, version }));
  const parties = [...new Set(rows.flatMap((row) => partiesOf(type, row, 'read')))];
  return append(tx, atMs, [
    {
      kind: 'record',
      streamId: of.person?.personId ?? catalogueStream(type),
      type: EVENT_OF[verb],
      actorId: by.userId,
      // Who may see more than that something changed is decided by who was there then.
      data: { type: type.name, records, audience: of.audience, ...(type.letter ? { parties } : {}) },
    },
  ]);
}
