import { createHash } from 'node:crypto';
import { isUuid } from '../lib/ids.ts';

/** What is to be remembered of something that somebody did, tried to do, or saw. */
export interface AuditEntry {
  /** Null: nobody who is known. */
  readonly actorId: string | null;
  readonly grants: readonly string[];
  /** What was done, in the words of the access matrix. */
  readonly action: string;
  readonly resourceKind: string;
  readonly resourceId?: string | null | undefined;
  /** The person whom it was about. */
  readonly subjectUserId?: string | null | undefined;
  /** Instead: the people whom it was about, of whom there are at most {@link SUBJECTS_MAX}. */
  readonly subjectUserIds?: readonly string[] | null | undefined;
  /** Instead of `resourceId`: what of each of these people it was, in their order, of whom each is in it once. */
  readonly resourceIds?: readonly string[] | null | undefined;
  readonly purpose?: string | null | undefined;
  readonly outcome: 'allowed' | 'refused' | 'failed';
  readonly reason?: string | null | undefined;
  readonly address?: string | null | undefined;
  /** When it was; absent: as it is taken in. */
  readonly atMs?: number | undefined;
  /** Under which id it waits in `accounts.audit_due`; null: it does not. */
  readonly dueId?: string | null | undefined;
}

/** An entry with its place in time. */
export interface DatedEntry
  extends Required<{ [K in Exclude<keyof AuditEntry, 'atMs'>]: NonNullable<AuditEntry[K]> | null }> {
  readonly id: string;
  readonly atMs: number;
  readonly grants: readonly string[];
  readonly action: string;
  readonly resourceKind: string;
  readonly outcome: AuditEntry['outcome'];
}

/** What of an entry is kept for good, and stands under its hash. */
export type HashedEntry = Omit<DatedEntry, 'dueId'>;

/** An entry with its place in a chain. */
export interface ChainedEntry extends DatedEntry {
  readonly chain: string;
  readonly chainSeq: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
}

export const NO_HASH = Buffer.alloc(32);
const TEXT_MAX = 500;
/** So many people stand in one entry at most. */
export const SUBJECTS_MAX = 500;

/** How much room an entry takes: as much as one person for each whom it is about. */
export const weightOf = ({ subjectUserIds }: Pick<AuditEntry, 'subjectUserIds'>): number =>
  Math.max(1, subjectUserIds?.length ?? 0);

/** Everybody whom an entry is about. */
export const subjectsOf = ({
  subjectUserId,
  subjectUserIds,
}: Pick<AuditEntry, 'subjectUserId' | 'subjectUserIds'>): readonly string[] =>
  subjectUserIds ?? (subjectUserId == null ? [] : [subjectUserId]);

/** Gives an entry its id and, where it has none, its time, and its texts the form in which the database gives them back. */
export function dated(entry: AuditEntry, id: string, nowMs: number): DatedEntry {
  return {
    id,
    atMs: Math.floor(entry.atMs ?? nowMs),
    actorId: uuidOrNull(entry.actorId),
    grants: [...entry.grants].map(plain),
    action: plain(entry.action),
    resourceKind: plain(entry.resourceKind),
    ...subjects(entry),
    purpose: plainOrNull(entry.purpose),
    outcome: entry.outcome,
    reason: plainOrNull(entry.reason),
    address: plainOrNull(entry.address),
    dueId: uuidOrNull(entry.dueId),
  };
}

/** One alone stands in the column for one, so that whoever is asked about is found there. */
function subjects(
  entry: AuditEntry,
): Pick<DatedEntry, 'subjectUserId' | 'subjectUserIds' | 'resourceId' | 'resourceIds'> {
  const { resourceId, resourceIds } = entry;
  const known = subjectsOf(entry).flatMap((id, n) =>
    isUuid(id) ? [{ id, resource: resourceIds?.[n] }] : [],
  );
  const [first, ...more] = known;
  if (more.length === 0) {
    const resource = plainOrNull(resourceIds ? first?.resource : resourceId);
    return {
      subjectUserId: first?.id ?? null,
      subjectUserIds: null,
      resourceId: resource,
      resourceIds: null,
    };
  }
  return {
    subjectUserId: null,
    subjectUserIds: known.map(({ id }) => id),
    resourceId: resourceIds ? null : plainOrNull(resourceId),
    resourceIds: resourceIds ? known.map(({ resource }) => plain(resource ?? '')) : null,
  };
}

// A lone surrogate and a NUL would come back from the database as something else, or not go in at all.
const plain = (text: string): string => text.replaceAll('\0', '').slice(0, TEXT_MAX).toWellFormed();

const plainOrNull = (text: string | null | undefined): string | null => (text == null ? null : plain(text));

// One id that the database refuses would keep its whole batch from ever being written.
const uuidOrNull = (id: string | null | undefined): string | null => (id != null && isUuid(id) ? id : null);

/** Links an entry to the one before it. */
export function chained(entry: DatedEntry, chain: string, chainSeq: number, prevHash: Buffer): ChainedEntry {
  return { ...entry, chain, chainSeq, prevHash, hash: hashOf(entry, chain, chainSeq, prevHash) };
}

/**
 * SHA-256 over the hash before and every column, as a JSON array in a fixed order; many people come last, where there are many, and
 * after them what of each it was, where that is said.
 */
export function hashOf(entry: HashedEntry, chain: string, chainSeq: number, prevHash: Buffer): Buffer {
  const canonical = JSON.stringify([
    chain,
    chainSeq,
    entry.id,
    entry.atMs,
    entry.actorId,
    entry.grants,
    entry.action,
    entry.resourceKind,
    entry.resourceId,
    entry.subjectUserId,
    entry.purpose,
    entry.outcome,
    entry.reason,
    entry.address,
    // Each list in its own place, so that none can stand for the other.
    ...(entry.subjectUserIds === null && entry.resourceIds === null ? [] : [entry.subjectUserIds]),
    ...(entry.resourceIds === null ? [] : [entry.resourceIds]),
  ]);
  return createHash('sha256').update(prevHash).update(canonical).digest();
}
